import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
// @ts-expect-error The example app is JavaScript.
import { GERMAN } from '../../example-app/languages/de.js'
import { TaskQueue } from '../../src/queue/index.ts'
import { startProgram } from '../helpers/child-process.ts'
import { describeRedis, end, type RedisServer, startRedis } from '../helpers/redis-server.ts'
import { Reel } from './reel-process.ts'

const REVIEW = { author: 'Clara', stars: '4', text: 'Better than <b>expected</b> & long.' }
const MESSAGE = { name: 'Anna', email: 'anna@example.com', text: 'A film is missing: my own.' }
const SHOWN = 'Better than &lt;b&gt;expected&lt;/b&gt; &amp; long.'

describe.each(['fastify.js', 'express.js'])('Reel on %s', (script) => {
  let reel: Reel
  let mail: string
  beforeAll(async () => {
    mail = mkdtempSync(join(tmpdir(), 'onetrip-reel-mail-'))
    reel = await Reel.start(script, { REEL_MAIL: mail })
  })
  afterAll(async () => {
    expect(await reel.stop()).toBe(0)
    rmSync(mail, { recursive: true })
  })

  it('says where it is, and where its fragments are kept', async () => {
    // The last line that it says; it may come in several pieces.
    await expect.poll(() => reel.output).toContain('Search, views and tasks are in SQLite')
    expect(reel.output).toContain('Reel is at http://localhost:')
    expect(reel.output).toContain('Fragments are kept in memoryStore')
  })

  it('home: all misses, then all hits, and the bar says so', async () => {
    const cold = await reel.get('/')
    expect(cold.status).toBe(200)
    // The tag of the reviews is new: its version is made first.
    // The cards stand in a fragment of their own: another wave where that one is a miss.
    expect(cold.cost).toMatch(/^hits=0 stale=0 misses=3\d trips=3$/)
    const warm = await reel.warm('/')
    expect(warm.cost).toMatch(/^hits=1\d stale=0 misses=0 trips=1$/)
    expect(warm.html).toMatch(/<aside class="cost".*<b>1 trip<\/b> · 1\d hits · 0 misses · <b>[\d.]+ ms<\/b>/)
    expect(warm.html).toMatch(/without the cache: <b>\d+\.\d ms<\/b>/)
    const withoutBar = ({ html }: { html: string }) => html.replace(/<aside class="cost".*<\/aside>/, '')
    expect(withoutBar(warm)).toBe(withoutBar(cold))
    expect(warm.html).toContain('3,201')
    expect(warm.html.match(/class="card[ "]/g)?.length).toBe(24)
  })

  it('genre, decade and rating lists, with paging', async () => {
    const first = await reel.get('/genre/drama')
    expect(first.status).toBe(200)
    expect(first.html).toContain('?page=2')
    const second = await reel.get('/genre/drama?page=2')
    expect(second.status).toBe(200)
    expect(second.html).not.toBe(first.html)
    expect((await reel.get('/decade/1990s')).status).toBe(200)
    for (const path of [
      '/genre/drama?page=99999',
      '/genre/drama?page=x',
      '/genre/nothing',
      '/decade/drama',
      '/film/0',
      '/film/99999',
      '/film/x',
      '/nowhere',
      '/poster/99999.svg',
    ]) {
      expect([path, (await reel.get(path)).status]).toEqual([path, 404])
    }
  })

  it('a film page, its slow query once', async () => {
    const cold = await reel.get('/film/10')
    expect(cold.status).toBe(200)
    expect(cold.html).toContain('<h1 id="title">')
    await reel.warm('/film/10')
    const poster = await fetch(`${reel.origin}/poster/10.svg`)
    expect(poster.headers.get('content-type')).toMatch(/^image\/svg\+xml/)
  })

  it('greets a signed-in visitor, on entries that all visitors share', async () => {
    const answer = await reel.post('/sign-in', { name: 'Anna <3', next: '/film/10' })
    expect(answer.status).toBe(303)
    expect(answer.headers.get('location')).toBe('/film/10')
    const cookie = (answer.headers.get('set-cookie') ?? '').split(';')[0] as string
    await reel.warm('/film/10')
    const signedIn = await reel.get('/film/10', cookie)
    expect(signedIn.html).toContain('Anna &lt;3')
    expect(signedIn.cost).toMatch(/misses=0/)
    expect((await reel.get('/film/10')).html).not.toContain('Anna')
    const elsewhere = await reel.post('/sign-in', { name: 'Eve', next: '//evil.example/' })
    expect(elsewhere.headers.get('location')).toBe('/')
  })

  it('a form from a cached page submits, one from elsewhere does not', async () => {
    await reel.warm('/film/21')
    const page = await fetch(`${reel.origin}/film/21`)
    expect(page.headers.get('x-onetrip')).toMatch(/misses=0/)
    const [secret = ''] = page.headers
      .getSetCookie()
      .filter((cookie) => cookie.startsWith('reel_secret='))
      .map((cookie) => cookie.split(';')[0] as string)
    const html = await page.text()
    const tokens = [...html.matchAll(/name="_csrf" value="([^"]+)"/g)].map(([, token]) => token as string)
    expect(tokens).toHaveLength(1)
    const again = await (await fetch(`${reel.origin}/film/21`)).text()
    expect(again).not.toContain(tokens[0])
    const sent = await reel.send('/film/21/reviews', { ...REVIEW, _csrf: tokens[0] as string }, secret)
    expect(sent.status).toBe(303)
    for (const [token, cookie] of [
      ['', secret],
      [tokens[0] as string, ''],
      [tokens[0] as string, 'reel_secret=another'],
    ] as const) {
      const refused = await reel.send('/film/21/reviews', { ...REVIEW, _csrf: token }, cookie)
      expect(refused.status).toBe(403)
      expect(await refused.text()).toContain('The form was too old')
    }
  })

  it('speaks two languages, each with fragments of its own', async () => {
    await reel.get('/film/22')
    const german = await reel.get('/film/22', '', { 'accept-language': 'de-AT, en;q=0.5' })
    expect(german.html).toContain('<html lang="de">')
    expect(german.html).toContain('Ähnliche Filme')
    expect(german.html).toContain('hreflang="en"')
    await reel.warm('/film/22')
    await reel.warm('/film/22', '', { 'accept-language': 'de' })
    const english = await reel.get('/film/22', 'reel_language=en', { 'accept-language': 'de' })
    expect(english.html).toContain('Films like this one')
    expect(english.cost).toMatch(/misses=0 trips=1$/)
    const chosen = await fetch(`${reel.origin}/language/de?next=/film/22`, { redirect: 'manual' })
    expect([chosen.status, chosen.headers.get('location')]).toEqual([303, '/film/22'])
    expect(chosen.headers.get('set-cookie')).toContain('reel_language=de')
    expect((await reel.get('/language/xx')).status).toBe(404)
    expect((await reel.get('/language/__proto__')).status).toBe(404)
  })

  it('a review shows at once, for everyone, escaped', async () => {
    for (const path of ['/', '/film/20']) await reel.warm(path)
    const answer = await reel.post('/film/20/reviews', REVIEW)
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/film/20#thanks'])
    expect((await reel.get('/film/20')).html).toContain(SHOWN)
    expect((await reel.get('/')).html).toContain(SHOWN)
    // The page after the review was stored.
    await reel.warm('/film/20')
  })

  it('a review is marked with the language that it was written in', async () => {
    const german = { 'accept-language': 'de' }
    const seeded = await reel.get('/film/23', '', german)
    expect(seeded.html.match(/<blockquote lang="en">/g)?.length).toBeGreaterThan(0)
    expect(seeded.html).not.toContain('<blockquote>')
    expect((await reel.get('/', '', german)).html).not.toMatch(/<blockquote(?! lang="en")/)
    await reel.post('/film/23/reviews', { ...REVIEW, text: 'Sehr gut.' }, 'reel_language=de')
    const english = await reel.get('/film/23')
    expect(english.html).toContain('<html lang="en">')
    expect(english.html).toContain('<blockquote lang="de">Sehr gut.</blockquote>')
    expect(english.html).toMatch(/<a [^>]*hreflang="de" lang="de">Deutsch/)
  })

  it('an address that cannot be read is answered with a page', async () => {
    for (const [path, status] of [
      // Express does not decode what no route has a parameter for.
      ['/%E0%A4%A', script === 'fastify.js' ? 400 : 404],
      ['/film/%zz', 400],
      [`/genre/${'a'.repeat(200)}`, script === 'fastify.js' ? 414 : 404],
    ] as const) {
      const response = await fetch(reel.origin + path, {
        headers: { cookie: 'reel_name=Anna', 'accept-language': 'de' },
      })
      expect([path, response.status]).toEqual([path, status])
      expect(response.headers.get('content-type')).toMatch(/^text\/html/)
      expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
      expect(response.headers.get('cache-control')).toBe('private, no-cache')
      const html = await response.text()
      expect(html).toContain('<html lang="de">')
      expect(html).toContain('Zurück zu den Filmen')
      expect(html).toContain('<b>Anna</b>')
      // A visitor without the secret of forms gets one, for the form that signs out.
      expect(response.headers.get('set-cookie')).toContain('reel_secret=')
    }
  })

  it('takes messages of the contact form, and says what is wrong with one', async () => {
    const refused = await reel.post('/contact', { ...MESSAGE, email: 'anna', text: '' })
    expect(refused.status).toBe(422)
    const html = await refused.text()
    expect(html).toContain('We need an address to answer to')
    expect(html).toContain('Write a sentence or two.')
    expect(html).toContain('value="anna"')
    const injected = { ...MESSAGE, name: 'Anna\nBcc: all@example.com' }
    for (const message of [MESSAGE, injected]) {
      const answer = await reel.post('/contact', message)
      expect([answer.status, answer.headers.get('location')]).toEqual([303, '/contact/thanks'])
    }
    expect((await reel.get('/contact/thanks')).html).toContain('Your message is on its way to us.')
    const mails = readdirSync(mail).map((name) => readFileSync(join(mail, name), 'utf8'))
    expect(mails.length).toBe(2)
    for (const text of mails) {
      expect(text).toMatch(/^To: films@reel\.example\r?$/m)
      expect(text).toMatch(/^Reply-To: .*<anna@example\.com>\r?$/m)
      expect(text).not.toMatch(/^Bcc:/m)
    }
  })

  it('a review that cannot be saved says why, and keeps the text', async () => {
    const answer = await reel.post('/film/20/reviews', { author: '', stars: '9', text: 'Half a thought' })
    expect(answer.status).toBe(422)
    const html = await answer.text()
    expect(html).toContain('Half a thought')
    expect(html).toContain('Choose one to five stars.')
    expect((await reel.get('/film/20')).html).not.toContain('Half a thought')
    expect((await reel.post('/film/20/reviews', { ...REVIEW, text: 'x'.repeat(40_000) })).status).toBe(413)
  })
})

it('Reel passes onetrip check', () => {
  const { scripts } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  const [, ...args] = scripts['check:reel'].split(' ')
  expect(execFileSync(process.execPath, args, { encoding: 'utf8' })).toBe('19 templates, nothing found\n')
})

it('every text of the views that is translated has a translation', () => {
  const folder = new URL('../../example-app/views/', import.meta.url)
  const views = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.njk'),
  )
  const source = views.map((name) => readFileSync(new URL(name, folder), 'utf8')).join('')
  const texts = [...source.matchAll(/(["'])((?:(?!\1).)+)\1 \| t\(locale/g)].map(
    ([, , text]) => text as string,
  )
  expect(texts.length).toBeGreaterThan(50)
  expect(texts.filter((text) => !(text in GERMAN))).toEqual([])
})

test('Reel on LMDB: fragments survive a restart, and another process sees them', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'onetrip-reel-lmdb-'))
  const environment = {
    STORE: 'lmdb',
    STORE_PATH: join(folder, 'fragments'),
    REEL_DB: join(folder, 'reel.db'),
  }
  const first = await Reel.start('fastify.js', environment)
  expect(first.output).toContain('Fragments are kept in lmdbStore')
  await first.warm('/')
  expect(await first.stop()).toBe(0)
  const [second, third] = [
    await Reel.start('fastify.js', environment),
    await Reel.start('express.js', environment),
  ]
  for (const reel of [second, third]) expect((await reel.get('/')).cost).toMatch(/misses=0 trips=1$/)
  await second.post('/film/40/reviews', REVIEW)
  expect((await third.get('/film/40')).html).toContain(SHOWN)
  for (const reel of [second, third]) expect(await reel.stop()).toBe(0)
  rmSync(folder, { recursive: true })
})

describeRedis('Reel on Redis', () => {
  let server: RedisServer
  let folder: string
  const reels: Reel[] = []
  beforeAll(async () => {
    server = await startRedis()
    folder = mkdtempSync(join(tmpdir(), 'onetrip-reel-'))
    for (const script of ['fastify.js', 'express.js']) {
      reels.push(await Reel.start(script, environment()))
    }
  })
  const environment = () => ({
    REDIS_URL: server.url,
    REEL_DB: join(folder, 'reel.db'),
    REEL_MAIL: join(folder, 'mail'),
  })
  afterAll(async () => {
    for (const reel of reels) await reel.stop()
    await server.stop()
    rmSync(folder, { recursive: true })
  })

  it('one process renders, the other serves the same fragments: the views are the same', async () => {
    const [fastify, express] = reels as [Reel, Reel]
    expect(fastify.output).toContain('Fragments are kept in redisStore')
    // On a busy machine a page may find Redis too slow: another one is tried then, which is new to
    // both.
    let film = 30
    const costAfter = async (renders: Reel, serves: Reel) => {
      const path = `/film/${film++}`
      await renders.warm(path)
      return (await serves.get(path)).cost
    }
    await expect.poll(() => costAfter(fastify, express)).toMatch(/misses=0 trips=1$/)
    await expect.poll(() => costAfter(express, fastify)).toMatch(/misses=0 trips=1$/)
  })

  it('a review that is posted at one shows at the other when a worker has checked it', async () => {
    const [fastify, express] = reels as [Reel, Reel]
    await express.get('/film/40')
    await fastify.post('/film/40/reviews', REVIEW)
    await expect.poll(async () => (await express.get('/film/40')).html).toContain(SHOWN)
    expect((await express.get('/')).html).toContain(SHOWN)
  })

  it('thanks for a review that is being checked, and keeps spam away', async () => {
    const [fastify, express] = reels as [Reel, Reel]
    for (const reel of [fastify, express]) {
      const path = `/film/${reel === fastify ? 41 : 42}`
      const spam = await reel.post(`${path}/reviews`, { ...REVIEW, text: 'The best online casino!' })
      const kept = await reel.post(`${path}/reviews`, REVIEW)
      const [cookie = ''] = (kept.headers.get('set-cookie') ?? '').split(';')
      expect((await reel.get(path, cookie)).html).toContain('Your review is being checked')
      expect([spam.status, kept.status]).toEqual([303, 303])
      await expect.poll(async () => (await reel.get(path)).html).toContain(SHOWN)
      const queue = new TaskQueue('reel', { redis: server.url })
      await expect
        .poll(async () => ({ ...(await queue.info()), rates: 0 }))
        .toMatchObject({ dead: 0, waiting: { normal: 0 } })
      await queue.close()
      expect((await reel.get(path)).html).not.toContain('online casino')
    }
  })

  it('writes the mail of the contact form once, by a worker of its own too', async () => {
    const [fastify, express] = reels as [Reel, Reel]
    const mails = () =>
      existsSync(join(folder, 'mail'))
        ? readdirSync(join(folder, 'mail')).map((name) => readFileSync(join(folder, 'mail', name), 'utf8'))
        : []
    for (const [at, reel] of [fastify, express].entries()) {
      const answer = await reel.post('/contact', { ...MESSAGE, name: `Anna ${at}` })
      expect([answer.status, answer.headers.get('location')]).toEqual([303, '/contact/thanks'])
      await expect
        .poll(() => mails().filter((mail) => mail.includes(`A message from Anna ${at}`)).length)
        .toBe(1)
    }

    // Only this one works on the queue: the sites' workers end with them.
    for (const reel of reels.splice(0)) expect(await reel.stop()).toBe(0)
    const { scripts } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
    const [, ...args] = scripts.worker.split(' ')
    const worker = startProgram(process.execPath, args, {
      cwd: join(import.meta.dirname, '../..'),
      env: { PATH: process.env.PATH, ...environment() },
    })
    const queue = new TaskQueue('reel', { redis: server.url })
    const contact = queue.task<[object], void>('contact')
    const handle = await contact({ id: 'by-hand', name: 'Eve', email: 'eve@example.com', text: 'Hello' })
    await handle.result({ timeout: '5m' })
    expect(mails().filter((mail) => mail.includes('A message from Eve')).length).toBe(1)
    await queue.close()
    await end(worker)
    for (const script of ['fastify.js', 'express.js']) reels.push(await Reel.start(script, environment()))
  })

  it('is served without Redis, too', async () => {
    const [fastify] = reels as [Reel, Reel]
    await fastify.warm('/')
    await server.kill()
    const page = await fastify.get('/')
    expect(page.status).toBe(200)
    expect(page.cost).toMatch(/hits=0/)
  })
})
