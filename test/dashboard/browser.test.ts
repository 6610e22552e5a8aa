import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import Fastify, { type FastifyInstance } from 'fastify'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import onetrip from '../../src/http/fastify.ts'
import { describeChromium, openChromium } from '../helpers/chromium.ts'
import { engineOf } from '../helpers/templates.ts'
import { busyNginx, queueOf } from './other-sources.ts'
import { serveDashboard } from './served-dashboard.ts'
import { HOSTILE_NAME, HOSTILE_TAG } from './shop-numbers.ts'

/** Where the pictures are left, to be looked at. */
const PICTURES = join(import.meta.dirname, '../screenshots')
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const PAGES = {
  overview: '',
  fragments: 'fragments?sort=lost',
  fragment: `fragment?name=card&template=film.njk`,
  hostile: `fragment?name=${encodeURIComponent(HOSTILE_NAME)}&template=film.njk`,
  pages: 'pages',
  page: 'page?id=2',
  entry: `entry?name=card&parts=${encodeURIComponent('"3"')}`,
  tags: 'tags',
  invalidate: `invalidate?tag=${encodeURIComponent(HOSTILE_TAG)}`,
  findings: 'findings',
}

const FILM = `{% set hostile = ${JSON.stringify(HOSTILE_NAME)} %}
<title>Film</title>{% cache "card", id, tags=["film:" + id, "films"] %}<p style="color:red">{{ visits }}</p><script>document.title = 'run'</script>{% endcache %}
{% cache ${JSON.stringify(HOSTILE_NAME)}, id, ttl="1ms" %}x{% endcache %}`

describeChromium('the live page in a browser', () => {
  let app: FastifyInstance
  let origin: string
  let browser: Browser
  let visits = 0
  beforeAll(async () => {
    mkdirSync(PICTURES, { recursive: true })
    app = Fastify({ forceCloseConnections: true })
    await app.register(onetrip, { engine: engineOf({ 'film.njk': FILM }), ttl: '5m', dashboard: true })
    app.get<{ Params: { id: string } }>('/film/:id', (request, reply) =>
      reply.view('film.njk', { id: request.params.id, visits: ++visits }),
    )
    origin = await app.listen({ port: 0, host: '127.0.0.1' })
    for (let n = 0; n < 30; n++) await fetch(`${origin}/film/${n % 4}`)
    await app.fragments.invalidate(HOSTILE_TAG, 'film:1')
    browser = await openChromium()
  })
  afterAll(async () => {
    await browser?.close()
    await app?.close()
  })

  /** Opens a window, and notes all that the browser complains about. */
  async function open(options: BrowserContextOptions = {}): Promise<{ page: Page; problems: string[] }> {
    const context = await browser.newContext(options)
    context.setDefaultTimeout(300_000)
    const page = await context.newPage()
    const problems: string[] = []
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) problems.push(`${page.url()}: ${message.text()}`)
    })
    page.on('pageerror', (error) => problems.push(`${page.url()}: ${error.message}`))
    return { page, problems }
  }

  const go = (page: Page, path: string) => page.goto(`${origin}/_onetrip/${path}`)

  for (const width of [1280, 390]) {
    for (const colorScheme of ['light', 'dark'] as const) {
      it(`has no fault that axe finds, ${width} px wide, ${colorScheme}`, async () => {
        const { page } = await open({ viewport: { width, height: 900 }, colorScheme, bypassCSP: true })
        for (const [name, path] of Object.entries(PAGES)) {
          await go(page, path)
          await drawn(page)
          expect([name, await page.evaluate('document.documentElement.scrollWidth')]).toEqual([name, width])
          await page.screenshot({
            path: join(PICTURES, `dashboard-${name}-${width}-${colorScheme}.png`),
            fullPage: true,
          })
          await page.evaluate(AXE)
          expect([name, await page.evaluate(VIOLATIONS)]).toEqual([name, []])
        }
        await page.context().close()
      })
    }
  }

  it('has none on the pages of queues and of nginx either', async () => {
    const served = await serveDashboard({ queues: [queueOf('mails')] }, { nginx: busyNginx })
    for (const [width, colorScheme] of [
      [1280, 'light'],
      [390, 'dark'],
    ] as const) {
      const { page } = await open({ viewport: { width, height: 900 }, colorScheme, bypassCSP: true })
      for (const name of ['queues', 'nginx']) {
        await page.goto(`${served.origin}/_onetrip/${name}`)
        await drawn(page)
        expect([name, await page.evaluate('document.documentElement.scrollWidth')]).toEqual([name, width])
        await page.screenshot({ path: join(PICTURES, `dashboard-${name}-${width}.png`), fullPage: true })
        await page.evaluate(AXE)
        expect([name, await page.evaluate(VIOLATIONS)]).toEqual([name, []])
      }
      await page.context().close()
    }
  })

  it('violates no policy, and reports no error', async () => {
    const { page, problems } = await open()
    for (const [name, path] of Object.entries(PAGES)) {
      if (name === 'entry') continue
      await go(page, path)
      await drawn(page)
    }
    expect(problems).toEqual([])
    await page.context().close()
  })

  it('runs no script of an entry, and blocks its styles', async () => {
    const { page } = await open()
    await go(page, PAGES.entry)
    const frame = page.frameLocator('iframe')
    expect(await frame.locator('p').textContent()).toMatch(/^\d+$/)
    expect(await page.title()).toBe('Entries · onetrip')
    expect(await page.evaluate('document.querySelector("iframe").contentDocument')).toBe(null)
    await page.context().close()
  })

  it('draws its charts, and follows the site', async () => {
    const { page } = await open({ viewport: { width: 1280, height: 900 } })
    await go(page, '')
    await drawn(page)
    expect(await page.locator('.u-wrap canvas').count()).toBe(4)
    const pages = page.locator('.tiles dd').nth(2)
    const before = await pages.textContent()
    await fetch(`${origin}/film/1`)
    await expect.poll(() => pages.textContent()).not.toBe(before)
    await page.context().close()
  })

  it('stands still while it is paused', async () => {
    const { page } = await open()
    await go(page, '')
    const button = page.locator('#follow')
    await button.click()
    expect(await button.getAttribute('aria-pressed')).toBe('false')
    expect(await page.locator('#follow-state').textContent()).toBe('Paused.')
    await go(page, 'tags')
    expect(await page.locator('#follow').getAttribute('aria-pressed')).toBe('false')
    await page.context().close()
  })

  it('keeps an opened table and the focus when it changes', async () => {
    const { page } = await open()
    await go(page, '')
    await drawn(page)
    await page.locator('#chart-hit-ratio summary').click()
    const pages = page.locator('.tiles dd').nth(2)
    const before = await pages.textContent()
    await fetch(`${origin}/film/2`)
    await expect.poll(() => pages.textContent()).not.toBe(before)
    expect(await page.locator('#chart-hit-ratio details').getAttribute('open')).toBe('')
    expect(await page.evaluate('document.activeElement.localName')).toBe('summary')
    await page.context().close()
  })

  it('can be read without scripts', async () => {
    const { page } = await open({ javaScriptEnabled: false })
    for (const path of Object.values(PAGES)) {
      await go(page, path)
      expect(await page.locator('h1').count()).toBe(1)
    }
    await go(page, '')
    expect(await page.locator('.canvas > svg path').first().getAttribute('d')).toMatch(/^M/)
    expect(await page.locator('#follow').isVisible()).toBe(false)
    await page.context().close()
  })

  it.each([true, false])('invalidates by the keyboard alone, with scripts: %s', async (javaScriptEnabled) => {
    const { page } = await open({ javaScriptEnabled })
    const shown = async () => {
      await page.goto(`${origin}/film/1`)
      return page.locator('p').textContent()
    }
    await shown()
    await app.fragments.settled()
    const before = await shown()
    expect(await shown()).toBe(before)
    await go(page, 'tags')
    await press(page, 'Tab', 'Skip to the content')
    await press(page, 'Tab', 'Invalidate film:1…')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/invalidate?tag=film%3A1')
    await press(page, 'Tab', 'Invalidate now')
    await Promise.all([
      page.waitForResponse((response) => response.request().method() === 'POST'),
      page.keyboard.press('Enter'),
    ])
    await page.locator('[role="status"]').waitFor()
    expect(await page.locator('main').textContent()).toContain('The tag “film:1” was invalidated')
    expect(await shown()).not.toBe(before)
    await page.context().close()
  })

  it('shows the focus', async () => {
    const { page } = await open()
    await go(page, 'fragments')
    for (let n = 0; n < 20; n++) {
      await page.keyboard.press('Tab')
      expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid')
    }
    await page.context().close()
  })
})

/** Presses a key until the element with a text has the focus. */
async function press(page: Page, key: string, text: string): Promise<void> {
  for (let n = 0; n < 60; n++) {
    await page.keyboard.press(key)
    const focused = (await page.evaluate('document.activeElement.textContent')) as string
    if (focused.replaceAll(/\s+/g, ' ').trim() === text) return
  }
  throw new Error(`No element "${text}" was reached`)
}

/** Waits until all charts of a page are drawn. */
async function drawn(page: Page): Promise<void> {
  await expect.poll(() => page.evaluate(UNDRAWN)).toBe(0)
}

const UNDRAWN = `[...document.querySelectorAll('[data-chart]')].filter((one) => !one.querySelector('canvas')).length`

const VIOLATIONS = `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
  violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ target, failureSummary }) => target + ' ' + failureSummary).join('; ')))`
