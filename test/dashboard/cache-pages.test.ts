import { describe, expect, it, onTestFinished } from 'vitest'
import { Findings } from '../../src/dashboard/findings.ts'
import { perVisitor } from '../../src/engines/per-visitor.ts'
import { cacheOf } from '../helpers/templates.ts'
import { busyNginx, queueOf } from './other-sources.ts'
import { NOW, serveDashboard } from './served-dashboard.ts'

const TEMPLATES = {
  'film.njk':
    '{% cache "card", id, locale, tags=["films", "film:" ~ id] %}<b>{{ id }}</b><script>alert(1)</script>"{% endcache %}' +
    '{% cache "greeting" %}Hello {{ user.name }}{% endcache %}',
}

async function openSite() {
  const site = cacheOf(TEMPLATES, { safety: 'uncached' })
  onTestFinished(() => site.cache.close())
  const { cache } = site
  const findings = new Findings(() => NOW)
  cache.observe({ event: (event) => findings.note(event) })
  const traces = cache.sampleTraces({ every: 1 })
  const served = await serveDashboard({}, { cache, findings, traces })
  await cache.render('film.njk', { id: 42, locale: 'de', user: perVisitor({ name: 'Anna' }) })
  await cache.settled()
  const text = async (path: string) => (await served.get(`/_onetrip/${path}`)).text()
  return { ...served, cache, text }
}

const CARD = `entry?name=card&parts=${encodeURIComponent('42, "de"')}`

describe('the tags', () => {
  it('are also those of recent pages that were never invalidated, with their fragments', async () => {
    const { text } = await openSite()
    const row = (await text('tags')).split('<tr>').find((one) => one.includes('<code>film:42</code>'))
    expect(row).toContain('<td class="wide">card</td><td class="number">0</td>')
    expect(row).toContain('href="invalidate?tag=film%3A42"')
  })
})

describe('an entry', () => {
  it('is looked up by its fragment and the parts of its key', async () => {
    const { text, cache } = await openSite()
    const html = await text(CARD)
    expect(html).toContain('card: hit')
    expect(html).toContain('<code>films</code>')
    expect(html).toContain('<span class="good">valid</span>')
    await cache.invalidate('films')
    const invalidated = await text(CARD)
    expect(invalidated).toContain('card: miss')
    expect(invalidated).toContain('<span class="bad">invalidated</span>')
  })

  it('is shown in a frame that runs no scripts, and escaped', async () => {
    const { text } = await openSite()
    const html = await text(CARD)
    expect(html).toMatch(
      /<iframe [^>]*\ssandbox srcdoc="&lt;b&gt;42&lt;\/b&gt;&lt;script&gt;alert\(1\)&lt;\/script&gt;&quot;"/,
    )
    expect(html).not.toContain('<script>alert')
  })

  it('that is not there says so, and keeps the form', async () => {
    const { text } = await openSite()
    const html = await text('entry?name=card&parts=43')
    expect(html).toContain('card: miss')
    expect(html).toContain('name="parts" value="43"')
    expect(html).not.toContain('<iframe')
    expect(html).toContain('A fragment that varies has an entry for each of the values')
    const varied = await text(`entry?name=card&vary=${encodeURIComponent('{"locale": "fr"}')}`)
    expect(varied).not.toContain('A fragment that varies')
  })

  it.each([
    ['parts=de', 'The parts must be JSON values'],
    ['parts=null', 'null'],
    ['parts=42&vary=de', 'The values of vary must be a JSON object'],
    ['parts=42&vary=[1]', 'The values of vary must be a JSON object'],
  ])('asked for by %s is refused in words', async (query, message) => {
    const { text } = await openSite()
    expect(await text(`entry?name=card&${query}`)).toContain(message)
  })
})

describe('recent pages', () => {
  it('are listed with their outcome, each with its steps', async () => {
    const { text } = await openSite()
    const list = await text('pages')
    expect(list).toContain('film.njk')
    const [, address = ''] = /href="(page\?id=\d+)"/.exec(list) as RegExpExecArray
    const html = await text(address)
    for (const step of ['declare', 'fetch', 'render', 'assemble', 'write back'])
      expect(html).toContain(`>${step}</span>`)
    expect(html).toContain('<span class="outcome-miss">miss</span>')
    expect(html).toContain('film.njk:1')
  })

  it('that are no longer kept say so', async () => {
    const { text } = await openSite()
    for (const query of ['?id=999', '', '?id=x'])
      expect(await text(`page${query}`)).toContain('no longer kept')
  })

  it('are not in the menu where nothing is traced', async () => {
    const { get } = await serveDashboard()
    expect(await (await get('/_onetrip/')).text()).not.toContain('href="pages"')
  })
})

describe('findings', () => {
  it('name a fragment that has what belongs to a visitor, and count', async () => {
    const { text, cache } = await openSite()
    for (let n = 0; n < 2; n++) {
      await cache.render('film.njk', { id: n, locale: 'de', user: perVisitor({ name: 'Berta' }) })
      await cache.settled()
    }
    const html = await text('findings')
    expect(html).toMatch(/greeting <span class="note">film.njk:1<\/span>.*leak/)
    expect(html).toContain('<td class="number wide">3</td>')
    expect(html).not.toMatch(/Anna|Berta/)
  })

  it('are bounded', () => {
    const findings = new Findings(() => NOW)
    for (let n = 0; n < 500; n++)
      findings.note({ type: 'conflict', key: 'k', name: `name${n}`, places: ['b.njk:1', 'a.njk:1'] })
    expect(findings.list).toHaveLength(200)
    expect(findings.list[0]).toMatchObject({
      name: 'name499',
      place: 'a.njk:1 and b.njk:1',
      count: 1,
      last: NOW,
    })
  })

  it('are none at first', async () => {
    const { get } = await serveDashboard()
    expect(await (await get('/_onetrip/findings')).text()).toContain('None since the process began')
  })
})

describe('queues', () => {
  it('are shown with workers and dead letters', async () => {
    const { get } = await serveDashboard({ queues: [queueOf('mails')] })
    const html = await (await get('/_onetrip/queues')).text()
    for (const text of [
      'mails',
      'paused',
      '1.5 s',
      'web-1:12:&lt;b&gt;',
      'No &lt;server&gt;',
      '[&quot;&lt;i&gt;&quot;]',
    ])
      expect(html).toContain(text)
    expect(html).toContain('<span class="bad">ended</span>')
  })

  it('whose Redis does not answer say so, beside the others', async () => {
    const broken = queueOf('broken', new Error('No connection'))
    const { get } = await serveDashboard({ queues: [broken, queueOf('mails')] })
    const html = await (await get('/_onetrip/queues')).text()
    expect(html).toContain('Its state cannot be read: No connection')
    expect(html).toContain('mails')
  })

  it('are not in the menu where there are none', async () => {
    const { get } = await serveDashboard()
    expect(await (await get('/_onetrip/')).text()).not.toContain('href="queues"')
  })
})

describe('nginx', () => {
  it('has ratios, and the time that visitors spend on misses', async () => {
    const { get } = await serveDashboard({}, { nginx: busyNginx })
    const html = await (await get('/_onetrip/nginx')).text()
    for (const text of ['75 %', 'MISS', '/film/&lt;id&gt;', '<dd>2 s</dd>']) expect(html).toContain(text)
  })

  it('that sends nothing says so', async () => {
    const { get } = await serveDashboard({}, { nginx: { series: async () => [] } })
    expect(await (await get('/_onetrip/nginx')).text()).toContain('nginx has sent no numbers')
  })

  it('is not in the menu without Redis', async () => {
    const { get } = await serveDashboard()
    expect(await (await get('/_onetrip/')).text()).not.toContain('href="nginx"')
  })
})
