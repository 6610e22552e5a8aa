import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import Database from 'libsql'
import { afterAll, beforeAll, describe, expect, it, test, vi } from 'vitest'
import { describeRedis, type RedisServer, startRedis } from '../helpers/redis-server.ts'
import { Reel } from './reel-process.ts'

interface Suggestion {
  text: string
  type: string
  path: string
}

const VIEWS = join(import.meta.dirname, '../../example-app/views')

/** Titles of the cards in the part of the page that has the results. */
const titlesIn = (html: string) =>
  [...resultsIn(html).matchAll(/class="card-title">([^<]+)</g)].map(([, title]) => title)

const resultsIn = (html: string) => /<div class="columns results">[\s\S]*?<\/section>/.exec(html)?.[0] ?? ''

/** The values of a facet, with the number of films and the address. */
function facetIn(html: string, shelf: string): { value: string; films: number; path: string }[] {
  const section = new RegExp(`<section aria-labelledby="facet-${shelf}">[\\s\\S]*?</section>`).exec(html)?.[0]
  const rows = (section ?? '').matchAll(/href="([^"]+)"[^>]*><span>([^<]+)<[\s\S]*?<b>([\d,.]+)/g)
  return [...rows].map(([, path = '', value = '', films = '']) => ({
    value,
    films: Number(films.replace(/\D/g, '')),
    path: path.replaceAll('&amp;', '&'),
  }))
}

const cookieOf = (response: Response, name: string) =>
  response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0] as string)
    .find((cookie) => cookie.startsWith(`${name}=`)) ?? ''

/** A hook has no `expect.poll`. */
const PATIENCE = { timeout: 300_000, interval: 20 }

const SCRIPTS = ['fastify.js', 'express.js']

describe.each(SCRIPTS)('search in Reel on %s, by SQLite', (script) => {
  searches(() => Reel.start(script))
})

describeRedis('search in Reel by Redis', () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.stop())
  const start = async (script: string) => {
    const reel = await Reel.start(script, { REDIS_URL: server.url })
    // Of the two, only its index finds words with a typing mistake.
    await vi.waitFor(async () => expect(await suggested(reel, 'spielbrg')).toHaveLength(1), PATIENCE)
    return reel
  }

  describe.each(SCRIPTS)('on %s', (script) => {
    searches(() => start(script))
  })

  it('views are counted in one sorted set, for both servers, and not on the way to the response', async () => {
    const redis = new Redis(server.url)
    const [fastify, express] = (await Promise.all(SCRIPTS.map(start))) as [Reel, Reel]
    const views = () => redis.zscore('reel:views', '500')
    for (const reel of [fastify, express, fastify]) await reel.get('/film/500')
    await expect.poll(views).toBe('3')
    const german = { 'accept-language': 'de' }
    const page = await express.get('/film/500', '', german)
    expect(page.html).toContain('Hier angesehen</dt><dd>3-mal</dd>')
    expect((await fastify.warm('/film/500', '', german)).cost).toMatch(/trips=1$/)
    for (const reel of [fastify, express]) expect(await reel.stop()).toBe(0)
    expect(Number(await views())).toBeGreaterThan(4)
    redis.disconnect()
  })

  it('is filled once, and SQLite answers when Redis is gone', async () => {
    const redis = new Redis(server.url)
    const before = await redis.info('commandstats')
    const [fastify, express] = await Promise.all(SCRIPTS.map(start))
    const calls = (stats: string) => Number(/cmdstat_hset:calls=(\d+)/.exec(stats)?.[1] ?? 0)
    expect(calls(await redis.info('commandstats')) - calls(before)).toBeLessThan(100)
    redis.disconnect()
    await server.kill()
    for (const reel of [fastify, express] as Reel[]) {
      expect(titlesIn((await reel.get('/search?q=godfather')).html)).toHaveLength(3)
      expect(await suggested(reel, 'spielb')).toMatchObject([{ text: 'Steven Spielberg' }])
      expect((await reel.get('/film/10')).status).toBe(200)
      expect((await reel.get('/')).status).toBe(200)
      await reel.stop()
    }
  })
})

async function suggested(reel: Reel, query: string): Promise<Suggestion[]> {
  const response = await fetch(`${reel.origin}/search/suggestions?q=${encodeURIComponent(query)}`, {
    headers: reel.anotherVisitor(),
  })
  expect(response.headers.get('content-type')).toMatch(/^application\/json/)
  const { suggestions } = (await response.json()) as { suggestions: Suggestion[] }
  return suggestions
}

/** Tests that both ways to search pass. */
function searches(start: () => Promise<Reel>): void {
  let reel: Reel
  beforeAll(async () => {
    reel = await start()
  })
  afterAll(async () => {
    expect(await reel.stop()).toBe(0)
  })

  const titles = async (query: string) =>
    titlesIn((await reel.get(`/search?q=${encodeURIComponent(query)}`)).html)

  it('finds films by title, director, genre and year, whatever the case and the accents', async () => {
    expect(await titles('GODFATHER')).toEqual([
      'The Godfather',
      'The Godfather: Part II',
      'The Godfather: Part III',
    ])
    expect(await titles('amelie')).toEqual(['Le Fabuleux destin d&#39;Amélie Poulain'])
    expect(await titles('spielberg jaws')).toEqual(['Jaws'])
    expect(await titles('ridley scott 2001')).toContain('Hannibal')
    expect(await titles('ﬁnding nemo')).toEqual(['Finding Nemo'])
    expect((await titles('robots')).toSorted()).toEqual(['I, Robot', 'Robots'])
    expect(await titles('Liebeskomödie 1998')).not.toEqual([])
  })

  it('finds phrases, and the begins of words where no film has the words', async () => {
    expect(await titles('"lord of the rings"')).toHaveLength(3)
    expect(await titles('"rings of the lord"')).toEqual([])
    expect(await titles('spider-man')).toEqual(['Spider-Man', 'Spider-Man 2', 'Spider-Man 3'])
    expect(await titles('godfa')).toEqual(await titles('godfather'))
  })

  it('counts the films of each shelf, and narrows the results down', async () => {
    const all = await reel.get('/search?q=love')
    const [drama] = facetIn(all.html, 'genre')
    expect(drama).toMatchObject({ value: 'Drama', path: '/search?q=love&genre=drama' })
    const dramas = await reel.get(drama?.path ?? '')
    expect(titlesIn(dramas.html)).toHaveLength(drama?.films ?? 0)
    // The other shelves count the dramas, that of genres still counts all.
    expect(facetIn(dramas.html, 'genre').map(({ films }) => films)).toEqual(
      facetIn(all.html, 'genre').map(({ films }) => films),
    )
    const decades = facetIn(dramas.html, 'decade')
    expect(decades.reduce((sum, { films }) => sum + films, 0)).toBe(drama?.films)
    const [decade] = decades
    const both = await reel.get(decade?.path ?? '')
    expect(titlesIn(both.html)).toHaveLength(decade?.films ?? 0)
    expect(both.html).toMatch(/aria-current="true"><span>Drama/)
    // What is chosen leads back to all.
    expect(facetIn(dramas.html, 'genre')[0]?.path).toBe('/search?q=love')
    expect(titlesIn((await reel.get('/search?q=love&genre=nothing&decade=__proto__')).html)).toEqual(
      titlesIn(all.html),
    )
  })

  it('has pages, and none behind the last', async () => {
    const first = await reel.get('/search?q=love')
    const second = await reel.get('/search?q=love&page=2')
    expect([titlesIn(first.html).length, titlesIn(second.html).length]).toEqual([24, 11])
    expect(first.html).toContain('href="/search?q=love&amp;page=2"')
    for (const page of ['3', '0', 'x', '-1'])
      expect([page, (await reel.get(`/search?q=love&page=${page}`)).status]).toEqual([page, 404])
  })

  it('says how to search where nothing is asked, and that nothing was found', async () => {
    for (const path of ['/search', '/search?q=', '/search?q=+%20+', '/search?q=%22', '/search?q=!!']) {
      const page = await reel.get(path)
      expect([path, page.status, page.html.includes('Type a title, a director')]).toEqual([path, 200, true])
    }
    for (const path of ['/search?page=2', '/search?q=&page=2', '/search?q=!!&page=0', '/search?page=x'])
      expect([path, (await reel.get(path)).status]).toEqual([path, 404])
    const chosen = await reel.get('/search?genre=drama')
    expect([chosen.status, titlesIn(chosen.html)]).toEqual([200, []])
    const none = await reel.get('/search?q=qqqq')
    expect(none.status).toBe(200)
    expect(none.html).toContain('No film has these words.')
    expect(none.html).toContain('<meta name="robots" content="noindex">')
  })

  it.each([
    ['a quote', "'", '"', '"love', "o'brother", '\\'],
    ['operators', 'love OR NOT ( AND', 'NEAR(a b)', 'title:love', 'lov*', '^a', '-love', 'a + b', '{a}'],
    ['control characters', '\0', 'love\0', '\n\r\t', '\u2028', '\x7f'],
    ['markup', '<script>alert(1)</script>', '"><img src=x>', '{{ 7 * 7 }}', '{% cache %}'],
    ['other writing', '日本語', '😀', '\u202e', 'ﬁn', 'İ', 'e\u0301'.repeat(60)],
    ['far too much', 'love '.repeat(2000), 'x'.repeat(10_000), '"'.repeat(3000), '"a '.repeat(1000)],
  ])('answers %s with a page', async (_kind, ...queries) => {
    for (const query of queries) {
      const page = await reel.get(`/search?q=${encodeURIComponent(query)}`)
      expect([query.slice(0, 40), page.status]).toEqual([query.slice(0, 40), 200])
      expect(page.html).not.toContain('<script>alert')
      expect(page.html).not.toContain('<img src=x>')
      expect(page.html.length).toBeLessThan(60_000)
      expect(Array.isArray(await suggested(reel, query))).toBe(true)
    }
  })

  it('reads one query of an address, whatever its form', async () => {
    for (const path of ['/search?q=a&q=b', '/search?q[x]=1', '/search?q[]=love', '/search?__proto__=1']) {
      const page = await reel.get(path)
      expect([path, page.status]).toEqual([path, 200])
      const response = await fetch(reel.origin + path.replace('/search?', '/search/suggestions?'))
      expect(await response.json()).toEqual({ suggestions: [] })
    }
    for (const path of ['/search?q=%E0%A4%A', '/search?q=%']) {
      expect([path, [200, 400].includes((await reel.get(path)).status)]).toEqual([path, true])
    }
  })

  it('suggests films and directors, begins first, and where each leads', async () => {
    const god = await suggested(reel, 'god')
    expect(god).toContainEqual({ type: 'film', text: 'The Godfather', year: 1972, path: '/film/370' })
    expect(god).toHaveLength(8)
    expect((await suggested(reel, 'ali'))[0]?.text).toBe('Ali')
    expect((await suggested(reel, 'AMÉL')).map(({ text }) => text)).toContain(
      "Le Fabuleux destin d'Amélie Poulain",
    )
    expect((await suggested(reel, 'wars star'))[0]?.text).toMatch(/^Star Wars/)
    const [director] = await suggested(reel, 'steven spielb')
    expect(director).toMatchObject({ type: 'director', text: 'Steven Spielberg' })
    expect(titlesIn((await reel.get(director?.path ?? '')).html)).toContain('Jaws')
    expect(await suggested(reel, 'qqqq')).toEqual([])
    expect(await suggested(reel, '')).toEqual([])
  })

  it('keeps the first page of a short query, for all who ask the same, and nothing else', async () => {
    const kept = async (path: string) => (await reel.get(path)).cost
    await reel.warm('/search?q=western+love')
    expect(await kept('/search?q=%20WESTERN++Love!')).toMatch(/misses=0 trips=1$/)
    for (const path of [
      '/search?q=love&decade=1990s',
      '/search?q=love&page=2',
      `/search?q=${'love+'.repeat(8)}`,
    ]) {
      await expect.poll(() => kept(path)).toMatch(/misses=1 trips=[12]$/)
      expect([path, await kept(path)]).toEqual([path, expect.stringMatching(/misses=1 /)])
    }
    // The fragment is everybody's: it has nothing of what one of them typed.
    const shouted = await reel.get('/search?q=%20WESTERN++Love!')
    expect(shouted.html).toContain('<h1 class="query">WESTERN Love!</h1>')
    expect(resultsIn(shouted.html)).not.toContain('WESTERN')
  })

  it('speaks German', async () => {
    const page = await reel.get('/search?q=love', '', { 'accept-language': 'de' })
    expect(page.html).toContain('<html lang="de">')
    expect(page.html).toContain('35 Filme')
    expect(page.html).toContain('data-many="%s Vorschläge"')
  })

  it('allows its own scripts, and no other', async () => {
    const response = await fetch(`${reel.origin}/search`)
    const policy = response.headers.get('content-security-policy')
    expect(policy).toContain("default-src 'none'; script-src 'self'; connect-src 'self';")
    const html = await response.text()
    expect(html.match(/<script[^>]*>/g)).toEqual([
      expect.stringMatching(/ src="\/public\/search-box\.js\?v=/),
    ])
    expect(html).not.toMatch(/ on\w+="/)
    const [, path] = /src="(\/public\/search-box[^"]+)"/.exec(html) ?? []
    const file = await fetch(reel.origin + path)
    expect(file.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
  })

  it('shows a visitor the films that they looked at, and nobody else', async () => {
    let cookie = ''
    for (const id of [10, 20, 10, 30]) {
      const response = await fetch(`${reel.origin}/film/${id}`, { headers: { cookie } })
      cookie = cookieOf(response, 'reel_recent')
      expect(response.headers.getSetCookie().find((one) => one.startsWith('reel_recent'))).toMatch(/HttpOnly/)
    }
    const idsIn = (html: string) => {
      const section = /<section aria-labelledby="recently-viewed">[\s\S]*?<\/section>/.exec(html)?.[0] ?? ''
      return [...section.matchAll(/<a href="\/film\/(\d+)"/g)].map(([, id]) => Number(id))
    }
    for (const path of ['/', '/search', '/search?q=love'])
      expect([path, idsIn((await reel.warm(path, cookie)).html)]).toEqual([path, [30, 10, 20]])
    // Without the film of the page itself, and in the trip of all else.
    expect(idsIn((await reel.warm('/film/10', cookie)).html)).toEqual([30, 20])
    for (const forged of [
      '',
      'reel_recent=1-2-3',
      `reel_recent=1-2~${cookie.split('~')[1]}`,
      'reel_recent=~',
    ])
      expect([forged, idsIn((await reel.get('/', forged)).html)]).toEqual([forged, []])
  })
}

describe.each(SCRIPTS)('views in Reel on %s', (script) => {
  it('are written after the response, and when it stops', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'onetrip-reel-views-'))
    const reel = await Reel.start(script, { REEL_DB: join(folder, 'reel.db') })
    const database = new Database(join(folder, 'reel.db'))
    const views = () => {
      const rows = database.prepare('SELECT count FROM views WHERE filmId = 400').all() as { count: number }[]
      return rows[0]?.count
    }
    const german = { 'accept-language': 'de' }
    for (let i = 0; i < 3; i++) await reel.get('/film/400')
    await fetch(`${reel.origin}/film/400`, { method: 'HEAD' })
    await expect.poll(views).toBe(3)
    // The figure is kept for a minute; the page in the other language has not been made before.
    const page = await reel.get('/film/400', '', german)
    expect(page.html).toContain('Hier angesehen</dt><dd>3-mal</dd>')
    expect((await reel.get('/', '', german)).html).toMatch(/Hier am meisten angesehen[\s\S]*?\/film\/400"/)
    expect((await reel.get('/film/401')).html).not.toContain('Looked at here')
    expect((await reel.post('/film/400/reviews', {})).status).toBe(422)
    expect(await reel.stop()).toBe(0)
    expect(views()).toBe(4)
    database.close()
    rmSync(folder, { recursive: true })
  })
})

test('a fragment around what one visitor looked at is an error of onetrip check', () => {
  const folder = mkdtempSync(join(tmpdir(), 'onetrip-reel-views-'))
  try {
    cpSync(VIEWS, folder, { recursive: true })
    const file = join(folder, 'parts/recently-viewed.njk')
    const wrapped = `{% cache "recent", ttl="1m" %}${readFileSync(file, 'utf8')}{% endcache %}`
    writeFileSync(file, wrapped)
    const { scripts } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
    const [, ...args] = scripts['check:reel'].replace('example-app/views', folder).split(' ')
    let output = ''
    try {
      execFileSync(process.execPath, args, { encoding: 'utf8' })
    } catch (error) {
      output = (error as { stdout: string }).stdout
    }
    expect(output).toMatch(/The fragment "recent" .* reads recentlyViewed/)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
