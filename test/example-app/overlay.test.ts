import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeChromium, openChromium } from '../helpers/chromium.ts'
import { Reel } from './reel-process.ts'

const PICTURES = join(import.meta.dirname, '../screenshots')

/** Boxes of header and content: the bar of Reel has times in it. */
const LAYOUT = `[...document.querySelectorAll('main, main *, header *')].map((one) => {
  const { x, y, width, height } = one.getBoundingClientRect()
  return [one.tagName, x, y + scrollY, width, height].join(' ')
})`

/** Texts of the header's links that a label lies on. */
const COVERED = `(() => {
  const labels = [...document.querySelector('onetrip-overlay').shadowRoot.querySelectorAll('.outline span')]
  return [...document.querySelectorAll('header a, header button')].filter((one) => {
    const range = document.createRange()
    range.selectNodeContents(one)
    const text = range.getBoundingClientRect()
    return labels.some((label) => {
      const { x, right, y, bottom } = label.getBoundingClientRect()
      return text.width > 0 && x < text.right && right > text.x && y < text.bottom && bottom > text.y
    })
  }).map((one) => one.textContent.trim())
})()`

describeChromium('the overlay on Reel', () => {
  let browser: Browser
  beforeAll(async () => {
    mkdirSync(PICTURES, { recursive: true })
    browser = await openChromium()
  })
  afterAll(() => browser.close())

  it.each(['fastify.js', 'express.js'])('outlines its pages under its own policy: %s', async (script) => {
    const reel = await Reel.start(script)
    for (const width of [1280, 390]) {
      const context = await browser.newContext({ viewport: { width, height: 900 } })
      context.setDefaultTimeout(300_000)
      const page: Page = await context.newPage()
      const problems: string[] = []
      page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
      page.on('pageerror', (error) => problems.push(error.message))
      for (const [name, path] of Object.entries({
        home: '/',
        film: '/film/2756',
        search: '/search?q=love',
      })) {
        const separator = path.includes('?') ? '&' : '?'
        await page.goto(reel.origin + path)
        const plain = await page.evaluate(LAYOUT)
        await page.goto(`${reel.origin}${path}${separator}onetrip=overlay`)
        await page.waitForSelector('onetrip-overlay', { state: 'attached' })
        expect([name, await page.evaluate(LAYOUT)]).toEqual([name, plain])
        expect(await page.locator('onetrip-overlay .outline:not([hidden])').count()).toBeGreaterThan(2)
        expect([name, width, await page.evaluate(COVERED)]).toEqual([name, width, []])
        await page.screenshot({ path: join(PICTURES, `overlay-reel-${name}-${width}.png`) })
      }
      expect(problems).toEqual([])
      await context.close()
    }
    await reel.stop()
  })
})
