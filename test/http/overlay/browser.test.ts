import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeChromium, openChromium } from '../../helpers/chromium.ts'
import { engineOf } from '../../helpers/templates.ts'
import { type Framework, frameworks, type Site } from '../frameworks.ts'

const PICTURES = join(import.meta.dirname, '../../screenshots')
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** All places that a fragment may stand in, and styles that count children. */
const PAGE = `<!doctype html>
<html lang="en"><head><meta name="viewport" content="width=device-width">
<title>{% cache "title" %}Films{% endcache %}</title>
{% cache "styles" %}<link rel="stylesheet" href="/page.css">{% endcache %}</head>
<body class="{% cache "class" %}films{% endcache %}"><main><h1>Films</h1>
{% cache "intro" %}<p>All films, {% cache "count" %}<b>{{ films | length }}</b>{% endcache %} of them.</p>{% endcache %}
<p class="empty">{% cache "nothing", allowEmpty=true %}{% endcache %}</p>
<table><thead><tr><th>Title<th>Year</thead><tbody>{% for film in films %}{% cache "row", film.id %}<tr><td>{{ film.title }}<td>{{ film.year }}</tr>{% endcache %}{% endfor %}</tbody></table>
<ul>{% for film in films %}{% cache "item", film.id %}<li>{{ film.title }}</li>{% endcache %}{% endfor %}</ul>
<select aria-label="Film">{% for film in films %}{% cache "option", film.id %}<option>{{ film.title }}{% endcache %}{% endfor %}</select>
<svg role="img" aria-label="Logo" width="40" height="20">{% cache "logo" %}<rect width="40" height="20"></rect>{% endcache %}</svg>
{% cache "greeting" %}<p class="last">Hello {% nocache %}{{ name }}{% endnocache %}, and text that is long enough to be broken on a narrow screen.</p>{% endcache %}
</main></body></html>`
const CSS = `body { margin: 16px; font: 16px sans-serif; background: #fff; color: #111 }
@media (prefers-color-scheme: dark) { body { background: #111; color: #eee } }
main > :nth-child(2) { border: 1px solid } tbody tr:nth-child(odd) { background: #8884 } li:first-child { margin-top: 20px }
.empty:empty { height: 30px } main > .last:last-child { padding: 10px } td:empty { display: none }`
const FILMS = [
  { id: 1, title: 'Alien', year: 1979 },
  { id: 2, title: 'Brazil', year: 1985 },
  { id: 3, title: 'Cube', year: 1997 },
]
/** Policies under which the overlay has to work. */
const POLICIES = {
  self: "default-src 'none'; script-src 'self'; style-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'",
  nonce: "default-src 'none'; script-src 'nonce-abc123' 'strict-dynamic'; style-src 'self'; base-uri 'none'",
}

/** Boxes of all elements of the page, but the overlay's. */
const LAYOUT = `[...document.querySelectorAll('body, body *')].map((one) => {
  const { x, y, width, height } = one.getBoundingClientRect()
  return [one.tagName, x + scrollX, y + scrollY, width, height].join(' ')
})`
const ROOT = `document.querySelector('onetrip-overlay').shadowRoot`
/** The outlines that are seen, as outcome, name and box. */
const OUTLINES = `[...${ROOT}.querySelectorAll('.outline:not([hidden])')].map((one) => {
  const { width, height } = one.getBoundingClientRect()
  return [one.className.replace('outline ', ''), one.textContent, width > 0 && height > 0].join(' ')
})`

describeChromium('the overlay', () => {
  let browser: Browser
  let site: Site
  beforeAll(async () => {
    const framework = frameworks[0] as Framework
    site = await framework.start({ engine: engineOf({ 'page.njk': PAGE }), ttl: '1h' }, {
      ...Object.fromEntries(
        Object.entries(POLICIES).map(([name, policy]) => [
          `/${name}`,
          (exchange) => {
            exchange.header('content-security-policy', policy)
            return exchange.render('page.njk', { films: FILMS, name: 'Ada' })
          },
        ]),
      ),
      '/page.css': (exchange) => {
        exchange.header('content-type', 'text/css')
        return exchange.send(CSS)
      },
    } as Parameters<Framework['start']>[1])
    browser = await openChromium()
  })
  afterAll(async () => {
    await browser.close()
    await site.close()
  })

  interface Opened {
    readonly page: Page
    /** Errors, refused requests and violations of the policy. */
    readonly problems: string[]
  }

  async function open(path: string, options: BrowserContextOptions = {}): Promise<Opened> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
    context.setDefaultTimeout(300_000)
    const page = await context.newPage()
    const problems: string[] = []
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
    page.on('pageerror', (error) => problems.push(error.message))
    await page.addInitScript(
      `document.addEventListener('securitypolicyviolation', (event) => console.error(event.violatedDirective, event.blockedURI))`,
    )
    await page.goto(site.origin + path)
    return { page, problems }
  }

  async function openOverlay(path: string, options?: BrowserContextOptions): Promise<Opened> {
    const opened = await open(`${path}?onetrip=overlay`, options)
    await opened.page.waitForSelector('onetrip-overlay', { state: 'attached' })
    return opened
  }

  for (const name of Object.keys(POLICIES)) {
    for (const width of [1280, 390]) {
      for (const colorScheme of ['light', 'dark'] as const) {
        it(`changes nothing of the layout, and violates no policy: ${name}, ${width} px, ${colorScheme}`, async () => {
          const options = { viewport: { width, height: 900 }, colorScheme }
          const plain = await open(`/${name}`, options)
          const { page, problems } = await openOverlay(`/${name}`, options)
          expect(await page.evaluate(LAYOUT)).toEqual(await plain.page.evaluate(LAYOUT))
          expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width)
          expect([...problems, ...plain.problems]).toEqual([])
          await page.screenshot({ path: join(PICTURES, `overlay-${name}-${width}-${colorScheme}.png`) })
          await page.context().close()
          await plain.page.context().close()
        })

        it(`axe finds nothing: ${name}, ${width} px, ${colorScheme}`, async () => {
          const { page } = await openOverlay(`/${name}`, {
            viewport: { width, height: 900 },
            colorScheme,
            bypassCSP: true,
          })
          await page.locator('onetrip-overlay summary').focus()
          if (width < 600) await page.keyboard.press('Enter')
          await page.keyboard.press('Tab')
          await page.evaluate(AXE)
          const { violations } = (await page.evaluate('axe.run()')) as {
            violations: { id: string; nodes: { html: string }[] }[]
          }
          expect(violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)])).toEqual([])
          await page.screenshot({
            path: join(PICTURES, `overlay-details-${name}-${width}-${colorScheme}.png`),
          })
          await page.context().close()
        })
      }
    }
  }

  it('outlines each fragment in the colour of its outcome, wherever it stands', async () => {
    await site.cache.clear()
    const cold = await openOverlay('/self')
    const outlined = [
      'miss intro true',
      'miss count true',
      ...FILMS.map(() => 'miss row true'),
      ...FILMS.map(() => 'miss item true'),
      'miss logo true',
      'miss greeting true',
      'nocache nocache true',
    ]
    expect(((await cold.page.evaluate(OUTLINES)) as string[]).toSorted()).toEqual(outlined.toSorted())
    await site.settled()
    const warm = await openOverlay('/self')
    const hits = outlined.filter((one) => !one.includes('count')).map((one) => one.replace('miss ', 'hit '))
    expect(((await warm.page.evaluate(OUTLINES)) as string[]).toSorted()).toEqual(hits.toSorted())
    const rows = await warm.page.locator('onetrip-overlay ol button').allTextContents()
    expect(rows).toContain('title hit, not outlined')
    expect(rows).toContain('class hit, not outlined')
    expect(await warm.page.locator('onetrip-overlay summary').textContent()).toBe('16 hits, 0 misses, 1 trip')
    for (const { page } of [cold, warm]) await page.context().close()
  })

  it('tells name, age, key, cost and reason at the pointer, and goes where the page scrolls', async () => {
    const { page, problems } = await openOverlay('/self', { viewport: { width: 1280, height: 300 } })
    const box = async () =>
      page.evaluate(
        `(() => { const { x, y, width, height } = document.querySelector('tbody tr').getBoundingClientRect(); return { x, y, width, height } })()`,
      ) as Promise<{ x: number; y: number; width: number; height: number }>
    await page.evaluate('scrollTo(0, 60)')
    const tip = page.locator('onetrip-overlay .tip')
    // The page may still move while a busy machine scrolls and lays it out: point at it again then.
    let y = 0
    await expect
      .poll(async () => {
        const row = await box()
        y = row.y
        await page.mouse.move(row.x + 4, row.y + 4)
        await page.mouse.move(row.x + 5, row.y + 5)
        return tip.isVisible()
      })
      .toBe(true)
    const text = await tip.textContent()
    for (const part of ['row: ', 'age', 'cost', 'size', 'key', 'page.njk, line']) expect(text).toContain(part)
    const outline = page.locator('onetrip-overlay .outline.shown')
    await expect.poll(async () => Math.round((await outline.boundingBox())?.y ?? -1)).toBe(Math.round(y))
    await page.keyboard.press('Escape')
    await tip.waitFor({ state: 'hidden' })
    // Clicks go to the page.
    await page.locator('select').click({ trial: true })
    expect(problems).toEqual([])
    await page.context().close()
  })

  it('is used by keyboard alone: list, details, close', async () => {
    const { page, problems } = await openOverlay('/self', { viewport: { width: 1280, height: 300 } })
    const active = `${ROOT}.activeElement?.textContent`
    const tip = page.locator('onetrip-overlay .tip')
    const seen: string[] = []
    for (let n = 0; n < 40 && !seen.some((one) => one.startsWith('greeting')); n++) {
      await page.keyboard.press('Tab')
      seen.push(String(await page.evaluate(active)))
    }
    expect(seen.filter((one) => one.startsWith('row'))).toHaveLength(3)
    expect(await tip.isVisible()).toBe(true)
    expect(await tip.textContent()).toContain('greeting: ')
    // What is out of view is scrolled to.
    expect(await page.evaluate('scrollY')).toBeGreaterThan(0)
    for (let n = 0; n < 10 && (await page.evaluate(active)) !== 'Close'; n++) await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    expect(await page.locator('onetrip-overlay').count()).toBe(0)
    await page.mouse.move(100, 100)
    expect(problems).toEqual([])
    await page.context().close()
  })

  it('follows a page that its scripts change', async () => {
    const { page } = await openOverlay('/self', { bypassCSP: true })
    const outlineOf = page.locator('onetrip-overlay .outline', { hasText: 'intro' })
    const before = (await outlineOf.boundingBox())?.y ?? 0
    await page.evaluate(`document.querySelector('h1').style.marginBottom = '200px'`)
    await expect.poll(async () => ((await outlineOf.boundingBox())?.y ?? 0) - before).toBeGreaterThan(100)
    await page.evaluate(`document.querySelector('main').replaceChildren('gone')`)
    await expect.poll(async () => outlineOf.isVisible()).toBe(false)
    await page.context().close()
  })
})
