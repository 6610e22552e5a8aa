import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeChromium, openChromium } from '../helpers/chromium.ts'
import { Reel } from './reel-process.ts'

const PICTURES = join(import.meta.dirname, '../screenshots')
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** The state of the combobox, as assistive technology is told of it. */
const STATE = `(() => {
  const field = document.querySelector('#search')
  const active = field.getAttribute('aria-activedescendant')
  const option = active === null ? null : document.getElementById(active)
  return {
    expanded: field.getAttribute('aria-expanded'),
    active: option && option.querySelector('span').textContent,
    selected: [...document.querySelectorAll('[role="option"][aria-selected="true"]')].map(
      (one) => one.querySelector('span').textContent,
    ),
    focus: document.activeElement === field,
    said: document.querySelector('body > [role="status"]').textContent,
  }
})()`

const CLOSED = { expanded: 'false', active: null, selected: [], focus: true }

describeChromium('the search box of Reel', () => {
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

  /** Opens a page, and notes the queries that the server is asked suggestions for. */
  async function open(
    path: string,
    options: BrowserContextOptions = {},
  ): Promise<{ page: Page; asked: string[]; problems: string[] }> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
    context.setDefaultTimeout(300_000)
    const page = await context.newPage()
    const asked: string[] = []
    const problems: string[] = []
    page.on('request', (request) => {
      const url = new URL(request.url())
      if (url.pathname === '/search/suggestions') asked.push(url.searchParams.get('q') ?? '')
    })
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
    page.on('pageerror', (error) => problems.push(error.message))
    await page.goto(reel.origin + path)
    return { page, asked, problems }
  }
  const state = (page: Page) => page.evaluate(STATE)
  /** Types as one event, however slow the machine is: then there is one pause after it. */
  const enter = (page: Page, text: string) => page.locator('#search').fill(text)
  const optionsOf = (page: Page) => page.locator('[role="option"] > span').allTextContents()

  for (const width of [1280, 390]) {
    it(`is used by the keyboard alone, ${width} px wide`, async () => {
      const { page, problems } = await open('/', { viewport: { width, height: 900 } })
      for (let i = 0; i < 10 && !(await page.evaluate('document.activeElement.id === "search"')); i++)
        await page.keyboard.press('Tab')
      await page.keyboard.type('godf')
      await expect.poll(() => state(page)).toEqual({ ...CLOSED, expanded: 'true', said: '3 suggestions' })
      const options = ['The Godfather', 'The Godfather: Part II', 'The Godfather: Part III']
      expect(await optionsOf(page)).toEqual(options)
      // Round through all of them and the field, in both directions.
      for (const [key, active] of [
        ...[...options, null, options[0]].map((option) => ['ArrowDown', option] as const),
        ...[null, options[2], options[1]].map((option) => ['ArrowUp', option] as const),
      ]) {
        await page.keyboard.press(key)
        expect(await state(page)).toMatchObject({
          active,
          selected: active === null ? [] : [active],
          focus: true,
        })
      }
      await page.screenshot({ path: join(PICTURES, `search-box-${width}.png`) })
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width)

      // Escape closes the list, then empties the field.
      await page.keyboard.press('Escape')
      expect(await state(page)).toMatchObject(CLOSED)
      expect(await page.inputValue('#search')).toBe('godf')
      await page.keyboard.press('ArrowDown')
      expect(await state(page)).toMatchObject({ expanded: 'true', active: 'The Godfather' })
      await page.keyboard.press('Escape')
      await page.keyboard.press('Escape')
      expect(await page.inputValue('#search')).toBe('')

      await page.keyboard.type('godf')
      await expect.poll(() => state(page)).toMatchObject({ expanded: 'true' })
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('Enter')
      await page.waitForURL('**/film/367')
      expect(await page.textContent('h1')).toBe('The Godfather: Part II')
      expect(problems).toEqual([])
      await page.context().close()
    })
  }

  it('Enter without an option searches for what was typed', async () => {
    const { page } = await open('/film/10')
    await enter(page, 'godfather part')
    await expect.poll(() => state(page)).toMatchObject({ expanded: 'true' })
    await page.keyboard.press('Enter')
    await page.waitForURL('**/search?q=godfather+part')
    expect(await page.textContent('#found')).toBe('2 films')
    expect(await page.inputValue('#search')).toBe('godfather part')
    await page.context().close()
  })

  it('asks once for what is typed at once, and not again for what it knows', async () => {
    const { page, asked } = await open('/')
    await page.locator('#search').focus()
    // In one task of the page: no machine is too slow for the pause between two letters.
    await page.evaluate(`(() => {
      const field = document.querySelector('#search')
      for (const letter of 'spielberg') {
        field.value += letter
        field.dispatchEvent(new InputEvent('input', { bubbles: true }))
      }
    })()`)
    await expect.poll(() => state(page)).toMatchObject({ said: '1 suggestion' })
    expect(asked).toEqual(['spielberg'])
    await enter(page, 'spielber')
    await expect.poll(() => asked).toEqual(['spielberg', 'spielber'])
    await expect.poll(() => state(page)).toMatchObject({ expanded: 'true' })
    await enter(page, 'spielberg')
    await enter(page, 'qqqq')
    await expect.poll(() => state(page)).toMatchObject({ expanded: 'false', said: 'No suggestions' })
    expect(asked).toEqual(['spielberg', 'spielber', 'qqqq'])
    await enter(page, '  ')
    expect(await state(page)).toMatchObject({ ...CLOSED, said: '' })
    expect(asked).toHaveLength(3)
    await page.context().close()
  })

  it('aborts a request that a later one has overtaken', async () => {
    const { page, asked } = await open('/')
    const failed: string[] = []
    page.on('requestfailed', (request) => failed.push(new URL(request.url()).searchParams.get('q') ?? ''))
    await page.route('**/search/suggestions?q=god', () => {
      // This one is never answered.
    })
    await enter(page, 'god')
    await expect.poll(() => asked).toEqual(['god'])
    await enter(page, 'spielberg')
    await expect.poll(() => failed).toEqual(['god'])
    await expect.poll(() => optionsOf(page)).toEqual(['Steven Spielberg'])
    // Escape ends the wait, too.
    await enter(page, 'god')
    await expect.poll(() => asked).toEqual(['god', 'spielberg', 'god'])
    await page.keyboard.press('Escape')
    await expect.poll(() => failed).toEqual(['god', 'god'])
    expect(await state(page)).toMatchObject({ ...CLOSED })
    await page.context().close()
  })

  it('closes where the answer fails, and works again after it', async () => {
    const { page } = await open('/')
    await enter(page, 'godf')
    await expect.poll(() => state(page)).toMatchObject({ expanded: 'true' })
    const answers = [{ status: 500 }, { status: 200, body: '<html>' }, { status: 429, body: '{}' }]
    await page.route('**/search/suggestions?q=bad*', (route) => route.fulfill(answers.shift() ?? {}))
    for (const text of ['bad', 'bad1', 'bad2']) {
      await enter(page, 'godf')
      await expect.poll(() => state(page)).toMatchObject({ expanded: 'true' })
      await enter(page, text)
      await expect.poll(() => state(page)).toMatchObject({ expanded: 'false' })
    }
    await page.context().close()
  })

  it('is chosen from by pointer, and closed by leaving it', async () => {
    const { page } = await open('/')
    await enter(page, 'godf')
    await expect.poll(() => state(page)).toMatchObject({ expanded: 'true' })
    await page.keyboard.press('Tab')
    expect(await state(page)).toMatchObject({ expanded: 'false', focus: false })
    await enter(page, 'spielberg')
    await expect.poll(() => state(page)).toMatchObject({ expanded: 'true' })
    await page.locator('[role="option"]').first().click()
    await page.waitForURL('**/search?q=%22Steven+Spielberg%22')
    expect(await page.textContent('#found')).toBe('23 films')
    await page.context().close()
  })

  it('marks what was typed, and shows titles as text', async () => {
    const { page } = await open('/', { locale: 'de' })
    await page.route('**/search/suggestions?q=am*', (route) =>
      route.fulfill({
        json: {
          suggestions: [
            { type: 'film', text: 'Le Destin d’Amélie', year: 2001, path: '/film/1' },
            { type: 'director', text: '<b>Am</b>', year: null, path: '/film/2' },
          ],
        },
      }),
    )
    await enter(page, 'amel')
    await expect.poll(() => state(page)).toMatchObject({ said: '2 Vorschläge' })
    expect(await page.locator('[role="option"]').first().innerHTML()).toBe(
      '<span>Le Destin d’<mark>Amél</mark>ie</span> <small>2001</small>',
    )
    expect(await page.locator('[role="option"]').nth(1).textContent()).toBe('<b>Am</b> Regie')
    await page.context().close()
  })

  it('is a form where there are no scripts', async () => {
    const { page } = await open('/', { javaScriptEnabled: false })
    expect(await page.getAttribute('#search', 'role')).toBeNull()
    await page.locator('#search').fill('love')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/search?q=love')
    expect(await page.locator('#found').textContent()).toBe('35 films')
    await page.locator('.facets a').first().click()
    await page.waitForURL('**/search?q=love&genre=drama')
    expect(await page.locator('#found').textContent()).toBe('15 films')
    await page.context().close()
  })

  for (const { width, colorScheme, locale } of [
    { width: 1280, colorScheme: 'light', locale: 'en' },
    { width: 390, colorScheme: 'dark', locale: 'de' },
    { width: 320, colorScheme: 'light', locale: 'de' },
  ] as const) {
    it(`axe finds nothing, ${width} px wide, ${colorScheme}, ${locale}`, async () => {
      const { page, problems } = await open('/film/10', {
        viewport: { width, height: 900 },
        colorScheme,
        locale,
        reducedMotion: 'reduce',
      })
      for (const [name, path] of Object.entries({
        start: '/search',
        results: '/search?q=love&genre=drama',
        none: '/search?q=qqqq',
        long: `/search?q=${'x'.repeat(100)}`,
        film: '/film/2756',
      })) {
        await page.goto(reel.origin + path)
        expect([name, await page.evaluate('document.documentElement.scrollWidth')]).toEqual([name, width])
        await page.screenshot({ path: join(PICTURES, `search-${name}-${width}.png`), fullPage: true })
        if (name === 'start') {
          await enter(page, 'the')
          await expect.poll(() => state(page)).toMatchObject({ expanded: 'true' })
          await page.keyboard.press('ArrowDown')
        }
        // By the debugger, which the policy of the page does not bind.
        await page.evaluate(AXE)
        const { violations } = (await page.evaluate('axe.run()')) as {
          violations: { id: string; nodes: { html: string; failureSummary: string }[] }[]
        }
        const found = violations.map(({ id, nodes }) => [id, nodes[0]?.html, nodes[0]?.failureSummary])
        expect([name, found]).toEqual([name, []])
      }
      expect(problems).toEqual([])
      await page.context().close()
    })
  }
})
