import { mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeChromium, openChromium } from '../helpers/chromium.ts'
import { Reel } from './reel-process.ts'

/** Where the pictures are left, to be looked at. */
const PICTURES = join(tmpdir(), 'onetrip-screenshots')
const PAGES = {
  home: '/',
  list: '/genre/drama?page=2',
  film: '/film/10',
  'sign-in': '/sign-in',
  missing: '/nowhere',
}

describeChromium('Reel in a browser', () => {
  let reel: Reel
  let browser: Browser
  beforeAll(async () => {
    mkdirSync(PICTURES, { recursive: true })
    reel = await Reel.start('fastify.js')
    browser = await openChromium()
  }, 60_000)
  afterAll(async () => {
    await browser.close()
    await reel.stop()
  })

  for (const width of [1280, 390]) {
    for (const colorScheme of ['light', 'dark'] as const) {
      it(`looks right, ${width} px wide, ${colorScheme}`, { timeout: 60_000 }, async () => {
        const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme })
        const page = await context.newPage()
        const problems: string[] = []
        page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
        page.on('pageerror', (error) => problems.push(error.message))
        for (const [name, path] of Object.entries(PAGES)) {
          await page.goto(reel.origin + path)
          const wide = await page.evaluate('document.documentElement.scrollWidth')
          expect([name, Number(wide) <= width]).toEqual([name, true])
          const background = await page.evaluate('getComputedStyle(document.body).backgroundColor')
          const [red = 0] = String(background).match(/\d+/g)?.map(Number) ?? []
          expect([name, red > 128]).toEqual([name, colorScheme === 'light'])
          await page.screenshot({
            path: join(PICTURES, `${name}-${width}-${colorScheme}.png`),
            fullPage: true,
          })
        }
        // The page that is missing is answered with 404, which Chromium tells the console.
        expect(problems.filter((text) => !text.includes('404'))).toEqual([])
        await context.close()
      })
    }
  }

  it('a visitor signs in, writes a review, and sees it', { timeout: 30_000 }, async () => {
    const page = await browser.newPage()
    await page.goto(`${reel.origin}/sign-in?next=/film/50`)
    await page.getByRole('textbox').first().fill('Dora')
    await page.locator('main form button').first().click()
    expect(new URL(page.url()).pathname).toBe('/film/50')
    expect(await page.textContent('header')).toContain('Dora')
    await page.locator('form[action*="/reviews"] textarea').fill('Seen twice, <i>loved</i> twice.')
    await page.locator('label[for="stars-5"]').click()
    await page.locator('form[action*="/reviews"] button').click()
    expect(await page.textContent('#reviews')).toContain('Seen twice, <i>loved</i> twice.')
    await page.close()
  })
})
