import { AsyncResource } from 'node:async_hooks'
import nunjucks from 'nunjucks'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { FragmentEvent } from '../../src/core/events.ts'
import { installCache } from '../../src/engines/nunjucks/index.ts'
import { TestLoader, told } from '../helpers/templates.ts'
import { frameworks, type Handler, type Site } from './frameworks.ts'
import { scriptedEngine } from './scripted-engine.ts'

/**
 * Templates that are rendered while requests are served, where the request is not known for which.
 */

const templates = {
  news: '{% cache "news" %}{{ text }}{% endcache %}',
  greeting: '{% cache "greeting", vary=["language"] %}{{ text }}{% endcache %}',
  around: '{% cache "around" %}{% include "greeting" %}{% endcache %}',
}

const queryOf = (url: string) => new URL(url, 'http://localhost').searchParams
const languageOf = (request: { url: string }) => queryOf(request.url).get('language') ?? 'en'

/**
 * Renders by an environment that is made for each response, for the first while that request is
 * served.
 */
const ofResponse =
  (template: string, cacheOf: () => Site['cache'], status = 200): Handler =>
  (exchange) => {
    const environment = new nunjucks.Environment(new TestLoader(templates))
    installCache(environment, cacheOf())
    if (status !== 200) exchange.status(status)
    const text = queryOf(exchange.url).get('text') ?? ''
    return new Promise<void>((resolve, reject) => {
      environment.render(template, { text }, (error: Error | null, html: string | null) => {
        if (error) return reject(error)
        exchange.send(html ?? '')
        resolve()
      })
    })
  }

describe.each(frameworks)('$name', (framework) => {
  let site: Site
  let events: FragmentEvent[]
  afterEach(() => site.close())

  async function start(options: Parameters<typeof framework.start>[0] = {}) {
    const cache = () => site.cache
    site = await framework.start(
      { engine: scriptedEngine({}), ttl: '1m', vary: { language: languageOf }, ...options },
      {
        '/news': ofResponse('news', cache),
        '/greeting': ofResponse('greeting', cache),
        '/around': ofResponse('around', cache),
        '/missing': ofResponse('news', cache, 404),
      },
    )
    events = []
    site.cache.on((event) => events.push(event))
  }
  async function get(path: string, method = 'GET') {
    const response = await fetch(site.origin + path, { method })
    const text = await response.text()
    await site.settled()
    return text
  }

  describe('an environment that is made while the first request is served', () => {
    test("the first visitor's language is not another's", async () => {
      await start()
      expect(await get('/greeting?language=cy&text=Croeso')).toBe('Croeso')
      expect(told(events, 'skip')).toEqual(['skip greeting: its request is not known'])
      expect(await get('/greeting?text=Welcome')).toBe('Welcome')
      expect(await get('/greeting?language=cy&text=Croeso')).toBe('Croeso')
      expect(await get('/greeting?text=other')).toBe('Welcome')
      expect(await get('/greeting?language=cy&text=other')).toBe('Croeso')
    })

    test('nor is it stored with the fragment around it', async () => {
      await start({ keys: { defaultVary: ['language'] } })
      expect(await get('/around?language=cy&text=Croeso')).toBe('Croeso')
      expect(await get('/around?text=Welcome')).toBe('Welcome')
    })

    test.each([
      ['a POST', '/news?text=first', 'POST'],
      ['a page that is not there', '/missing?text=first', 'GET'],
    ])('%s is not stored', async (_title, path, method) => {
      await start()
      expect(await get(path, method)).toBe('first')
      expect(await get('/news?text=second')).toBe('second')
      expect(await get('/news?text=third')).toBe('second')
    })

    test('a preview neither stores nor reads entries', async () => {
      const isPreview = (request: { url: string }) => queryOf(request.url).has('preview')
      await start({ bypass: (request) => (isPreview(request) ? 'both' : false) })
      expect(await get('/news?preview&text=draft')).toBe('draft')
      expect(await get('/news?text=published')).toBe('published')
      expect(await get('/news?preview&text=draft')).toBe('draft')
      expect(await get('/news?text=other')).toBe('published')
    })

    test('a warning says so, once', async () => {
      const named = framework.name
      Object.assign(templates, { [named]: templates.news })
      site = await framework.start(
        { engine: scriptedEngine({}), ttl: '1m' },
        { '/news': ofResponse(named as keyof typeof templates, () => site.cache) },
      )
      const emitted = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
      await get('/news?text=first')
      await get('/news?text=second')
      const texts = emitted.mock.calls.map(([text]) => String(text))
      emitted.mockRestore()
      expect(
        texts.filter((text) => text.includes(`${named} was rendered while requests are served`)),
      ).toHaveLength(1)
    })
  })

  test('pages outside of requests are cached while no request is served', async () => {
    await start()
    await get('/news?text=first')
    const environment = new nunjucks.Environment(new TestLoader(templates))
    installCache(environment, site.cache)
    const mail = (text: string) =>
      new Promise((resolve, reject) => {
        environment.render('news', { text }, (error, html) => (error ? reject(error) : resolve(html)))
      })
    await expect.poll(() => mail('mail')).toBe('mail')
    await expect.poll(() => mail('other')).toBe('mail')
  })

  test('a cached function that is made while the first request is served', async () => {
    let greet: ((text: string) => Promise<string>) | undefined
    site = await framework.start(
      { engine: scriptedEngine({}), ttl: '1m', vary: { language: languageOf } },
      {
        '/': async ({ url, send }) => {
          greet ??= site.cache.cached(
            'greet',
            { key: (_text: string) => [], vary: ['language'] },
            (text: string) => text,
          )
          return send(await greet(queryOf(url).get('text') ?? ''))
        },
      },
    )
    expect(await get('/?language=cy&text=Croeso')).toBe('Croeso')
    expect(await get('/?text=Welcome')).toBe('Welcome')
    expect(await get('/?language=cy&text=Bore')).toBe('Bore')
    expect(await get('/?text=other')).toBe('Welcome')
    expect(await get('/?language=cy&text=other')).toBe('Bore')
  })

  describe('a callback in the context of a request that is over', () => {
    /** Answers by a callback of a connection that the first request has opened. */
    async function startPooled(answer: (language: string, text: string) => Promise<string>) {
      let connection: AsyncResource | undefined
      site = await framework.start(
        { engine: scriptedEngine({}), ttl: '1m', vary: { language: languageOf } },
        {
          '/': ({ url, send }) => {
            connection ??= new AsyncResource('connection')
            const text = queryOf(url).get('text') ?? ''
            return connection.runInAsyncScope(() => answer(languageOf({ url }), text)).then(send)
          },
        },
      )
      events = []
      site.cache.on((event) => events.push(event))
    }

    test('renders nothing for that request', async () => {
      const environment = new nunjucks.Environment(new TestLoader(templates))
      await startPooled(
        (_, text) =>
          new Promise((resolve, reject) => {
            environment.render('greeting', { text }, (error, html) =>
              error ? reject(error) : resolve(html ?? ''),
            )
          }),
      )
      installCache(environment, site.cache)
      expect(await get('/?language=cy&text=Croeso')).toBe('Croeso')
      expect(await get('/?text=Welcome')).toBe('Welcome')
      expect(told(events, 'skip')).toEqual(['skip greeting: its request is not known'])
      expect(await get('/?text=Hello')).toBe('Hello')
    })

    test('is given nothing of that request by a cached function', async () => {
      await startPooled((_, text) => outer(text))
      const greet = site.cache.cached(
        'greet',
        { key: (_text: string) => [], vary: ['language'] },
        (text: string) => text,
      )
      const outer = site.cache.cached('outer', { key: (_text: string) => [], vary: ['language'] }, greet)
      expect(await get('/?language=cy&text=Croeso')).toBe('Croeso')
      expect(await get('/?text=Welcome')).toBe('Welcome')
      expect(await get('/?text=Hello')).toBe('Hello')
    })

    test('keeps nothing that reads such a function', async () => {
      await startPooled((language, text) => page(language, text))
      const greet = site.cache.cached(
        'greet',
        { key: (_text: string) => [], vary: ['language'] },
        (text: string) => text,
      )
      const page = site.cache.cached(
        'page',
        { key: (language: string, _text: string) => [language] },
        (_, text: string) => greet(text),
      )
      expect(await get('/?text=Welcome')).toBe('Welcome')
      expect(await get('/?text=Hello')).toBe('Hello')
      expect(await get('/?text=Hi')).toBe('Hi')
    })
  })
})
