import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeChromium, openChromium } from '../helpers/chromium.ts'
import { Reel } from './reel-process.ts'

/** Where the pictures are left, to be looked at. */
const PICTURES = join(import.meta.dirname, '../screenshots')
const PAGES = {
  home: '/',
  list: '/genre/drama?page=16',
  film: '/film/10',
  'sign-in': '/sign-in',
  missing: '/nowhere',
  odd: '/%E0%A4%A',
}
/** It has all that a film's page may have: two rows of films, and reviews. */
const FULL_FILM = '/film/2756'
const LONGEST_NAME = 'Maximiliane Wilhelmine von Hohenlohe-Oeh'

describeChromium('Reel in a browser', () => {
  let reel: Reel
  let browser: Browser
  beforeAll(async () => {
    mkdirSync(PICTURES, { recursive: true })
    reel = await Reel.start('fastify.js')
    browser = await openChromium()
  })
  afterAll(async () => {
    await browser.close()
    await reel.stop()
  })

  /** Opens a window of its own; where `name` is given, for a visitor who is signed in. */
  async function open(options: BrowserContextOptions, name = ''): Promise<Page> {
    const context = await browser.newContext(options)
    context.setDefaultTimeout(300_000)
    if (name) await context.addCookies([{ name: 'reel_name', value: name, url: reel.origin }])
    return context.newPage()
  }

  for (const width of [1280, 390, 320]) {
    for (const colorScheme of ['light', 'dark'] as const) {
      it(`looks right, ${width} px wide, ${colorScheme}`, async () => {
        const page = await open({ viewport: { width, height: 900 }, colorScheme })
        const problems: string[] = []
        page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
        page.on('pageerror', (error) => problems.push(error.message))
        for (const [name, path] of Object.entries(PAGES)) {
          await page.goto(reel.origin + path)
          expect([name, await page.evaluate('document.documentElement.scrollWidth')]).toEqual([name, width])
          const background = await page.evaluate('getComputedStyle(document.body).backgroundColor')
          const [red = 0] = String(background).match(/\d+/g)?.map(Number) ?? []
          expect([name, red > 128]).toEqual([name, colorScheme === 'light'])
          await page.screenshot({
            path: join(PICTURES, `${name}-${width}-${colorScheme}.png`),
            fullPage: true,
          })
        }
        // Chromium tells the console of pages that are answered with 400 and 404.
        expect(problems.filter((text) => !/status of 40[04]/.test(text))).toEqual([])
        await page.context().close()
      })
    }

    for (const locale of ['en', 'de']) {
      it(`shows all of a visitor's name, ${width} px wide, ${locale}`, async () => {
        const page = await open({ viewport: { width, height: 900 }, locale }, LONGEST_NAME)
        for (const [name, path] of Object.entries(PAGES)) {
          await page.goto(reel.origin + path)
          expect([name, await page.evaluate('document.documentElement.scrollWidth')]).toEqual([name, width])
          expect([name, await page.evaluate(CUT_OFF)]).toEqual([name, []])
        }
        await page.context().close()
      })
    }

    it(`shows what has the focus, ${width} px wide`, async () => {
      const page = await open({ viewport: { width, height: 700 } })
      for (const path of [PAGES.home, FULL_FILM]) {
        await page.goto(reel.origin + path)
        const hidden: unknown[] = []
        let steps = 0
        for (; steps < 250; steps++) {
          await page.keyboard.press('Tab')
          const found = (await page.evaluate(FOCUS)) as { text: string; seen: boolean } | null
          if (found === null) break
          if (!found.seen) hidden.push(found.text)
        }
        expect(hidden).toEqual([])
        expect(steps).toBeGreaterThan(20)
      }
      await page.context().close()
    })
  }

  it('leaves no genre alone on a line, whatever the font', async () => {
    for (const locale of ['en', 'de']) {
      const page = await open({ viewport: { width: 1280, height: 900 }, locale })
      await page.goto(reel.origin)
      for (const size of [12, 14, 15, 16, 17, 18, 20, 22]) {
        await page.evaluate(
          `for (const link of document.querySelectorAll('.genres a')) link.style.fontSize = '${size}px'`,
        )
        const lines = (await page.evaluate(GENRES_BY_LINE)) as number[]
        expect([locale, size, Math.max(...lines) - Math.min(...lines) <= 4, lines]).toEqual([
          locale,
          size,
          true,
          lines,
        ])
      }
      await page.context().close()
    }
  })

  it('shows what is chosen in forced colours', async () => {
    const page = await open({ forcedColors: 'active', viewport: { width: 1280, height: 900 } })
    await page.goto(`${reel.origin}/genre/drama?page=2`)
    await page.screenshot({ path: join(PICTURES, 'list-forced-colours.png') })
    const style = (selector: string, property: string) =>
      page.evaluate(`getComputedStyle(document.querySelector(${JSON.stringify(selector)})).${property}`)
    expect(await style('.genres a[aria-current]', 'borderBottomColor')).not.toBe(
      await style('.genres a:not([aria-current])', 'borderBottomColor'),
    )
    expect(await style('.genres a:not([aria-current])', 'borderBottomColor')).toBe(
      await style('body', 'backgroundColor'),
    )
    expect(await style('.paging a[aria-current]', 'backgroundColor')).not.toBe(
      await style('.paging a:not([aria-current])', 'backgroundColor'),
    )

    await page.goto(`${reel.origin}/film/10`)
    await page.locator('label[for="stars-2"]').click()
    expect(await page.evaluate(LIT_STARS)).toBe('★★☆☆☆')
    await page.locator('.panel').screenshot({ path: join(PICTURES, 'review-forced-colours.png') })
    expect(await style('.panel button', 'borderTopWidth')).toBe('2px')
    await page.context().close()
  })
})

/** Texts of the header that an element cuts off, or that leave the window. */
const CUT_OFF = `[...document.querySelectorAll('.top-row, .top-row *')]
  .filter((element) => {
    const style = getComputedStyle(element)
    const cut = style.overflowX !== 'visible' && element.scrollWidth > element.clientWidth + 1
    return !element.closest('svg') && (cut || element.getBoundingClientRect().right > innerWidth)
  })
  .map((element) => element.textContent.trim())`

/**
 * A script that returns the focused element, and whether it is in the window as a whole with
 * nothing in front of it; null once the focus has left the page.
 */
const FOCUS = `(async () => {
  // What scrolls into view does so with the next frame.
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
  const element = document.activeElement
  if (element === null || element === document.body) return null
  const target = element.labels?.length && element.type === 'radio' ? element.labels[0] : element
  const { left, right, top, bottom } = target.getBoundingClientRect()
  const bar = document.querySelector('.cost').getBoundingClientRect()
  const covered = bottom > bar.top && top < bar.bottom
  const outside = bottom > innerHeight + 1 || top < -1 || left < -1 || right > innerWidth + 1
  return { text: element.outerHTML.slice(0, 80), seen: !covered && !outside }
})()`

/** How many genres stand on each line. */
const GENRES_BY_LINE = `Object.values(Object.groupBy(
  [...document.querySelectorAll('.genres li')], (item) => Math.round(item.getBoundingClientRect().top),
)).map((items) => items.length)`

/** The stars of the form for a review, as they are shown. */
const LIT_STARS = `[...document.querySelectorAll('.rating-stars label')]
  .toSorted((a, b) => a.getBoundingClientRect().left - b.getBoundingClientRect().left)
  .map((label) => getComputedStyle(label.querySelector('.star') ?? label, '::before').content.replace(/[^★☆]/g, ''))
  .join('')`
