import { afterEach, describe, expect, test, vi } from 'vitest'
import type { FragmentEvent } from '../../src/core/events.ts'
import { turns } from '../helpers/turns.ts'
import { type Exchange, type Framework, frameworks, type Handler, type Site } from './frameworks.ts'
import { fragment, type Script, scriptedEngine } from './scripted-engine.ts'
import { holdWrites, type WatchedStore, watchedStore } from './watched-store.ts'

/** Cases that hold for every framework. */
describe.each(frameworks)('$name', (framework) => {
  let site: Site
  let store: WatchedStore
  let events: FragmentEvent[]
  afterEach(() => site.close())

  const scripts: Record<string, Script> = {
    page: ({ title = 'Films', cards = 2 }) => [
      `<h1>${title}</h1>`,
      ...Array.from({ length: cards }, (_, i) =>
        fragment('card', [title, i], () => [`<p>${title} ${i}</p>`]),
      ),
    ],
    plain: () => ['<p>no fragment</p>'],
    broken: ({ thrown }) => {
      throw thrown
    },
    error: ({ message }) => [fragment('error', [message], () => [`<b>${message}</b>`])],
  }

  const page: Handler = (exchange) => exchange.render('page')

  async function start(
    routes: Record<string, Handler> = { '/': page },
    options: Parameters<Framework['start']>[0] = {},
    onError?: (error: Error, exchange: Exchange) => unknown,
  ) {
    store = watchedStore()
    site = await framework.start(
      { engine: scriptedEngine(scripts), ttl: '1m', store, ...options },
      routes,
      onError,
    )
    events = []
    site.cache.on((event) => events.push(event))
  }

  async function get(path = '/', init?: RequestInit) {
    const response = await fetch(site.origin + path, { redirect: 'manual', ...init })
    const body = await response.text()
    await site.settled()
    return { status: response.status, body, headers: response.headers }
  }

  const written = () => events.filter(({ type }) => type === 'write').length
  const skipped = () => events.filter(({ type }) => type === 'skip').length

  test('a page, cold and warm', async () => {
    await start()
    const cold = await get()
    expect(cold).toMatchObject({ status: 200, body: '<h1>Films</h1><p>Films 0</p><p>Films 1</p>' })
    expect(cold.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(cold.headers.get('content-length')).toBe(String(cold.body.length))
    expect(cold.headers.get('x-onetrip')).toBe('hits=0 stale=0 misses=2 trips=1')

    const warm = await get()
    expect(warm.body).toBe(cold.body)
    expect(warm.headers.get('x-onetrip')).toBe('hits=2 stale=0 misses=0 trips=1')
    expect(store.calls).toEqual(['getMany 2', 'setMany 2', 'getMany 2'])
  })

  test('the visitor does not wait for the write-back', async () => {
    await start()
    const letGo = holdWrites(store)
    await (await fetch(site.origin)).text()
    expect(store.calls).toEqual(['getMany 2'])
    letGo()
    await site.settled()
    expect(store.calls).toEqual(['getMany 2', 'setMany 2'])
  })

  test('close() waits for writes in progress, then closes the store, once', async () => {
    await start()
    const letGo = holdWrites(store)
    await (await fetch(site.origin)).text()
    const closing = vi.spyOn(site.cache, 'close')
    const closed = site.close()
    await expect.poll(() => closing.mock.calls.length).toBe(1)
    await turns()
    letGo()
    await closed
    expect(store.calls).toEqual(['getMany 2', 'setMany 2', 'close 0'])
  })

  test('close() waits no longer than its deadline', async () => {
    await start(undefined, { limits: { closeTimeout: 50 } })
    const letGo = holdWrites(store)
    await (await fetch(site.origin)).text()
    await site.close()
    expect(store.calls).toEqual(['getMany 2', 'close 0'])
    letGo()
  })

  describe('responses that are stored', () => {
    test('HEAD reads and stores, and sends the headers of GET', async () => {
      await start()
      const head = await get('/', { method: 'HEAD' })
      expect(head).toMatchObject({ status: 200, body: '' })
      expect(head.headers.get('content-length')).toBe('42')
      expect(written()).toBe(2)
      expect((await get('/')).headers.get('x-onetrip')).toBe('hits=2 stale=0 misses=0 trips=1')
    })

    test('POST reads, and stores nothing', async () => {
      await start()
      const post = await get('/', { method: 'POST' })
      expect(post.body).toContain('<p>Films 1</p>')
      expect([written(), skipped()]).toEqual([0, 2])
      await get()
      expect((await get('/', { method: 'POST' })).headers.get('x-onetrip')).toBe(
        'hits=2 stale=0 misses=0 trips=1',
      )
    })

    test('POST stores, if asked', async () => {
      await start(undefined, { storeWhen: { methods: ['get', 'post'] } })
      await get('/', { method: 'POST' })
      expect(written()).toBe(2)
      await get('/', { method: 'POST' })
      expect(written()).toBe(2)
    })

    test.each([404, 422, 500, 503])('nothing with status %i', async (status) => {
      await start({
        '/': (exchange) => {
          exchange.status(status)
          return exchange.render('page')
        },
      })
      expect(await get()).toMatchObject({ status, body: '<h1>Films</h1><p>Films 0</p><p>Films 1</p>' })
      expect([written(), skipped()]).toEqual([0, 2])
    })

    test('with status 404, if asked', async () => {
      const notFound: Handler = (exchange) => {
        exchange.status(404)
        return exchange.render('page')
      }
      await start({ '/': notFound }, { storeWhen: { status: (status) => status === 200 || status === 404 } })
      await get()
      expect(written()).toBe(2)
    })

    test('nothing for a redirect', async () => {
      await start({
        '/': async (exchange) => {
          await exchange.page.render('page', {})
          return exchange.redirect('/elsewhere')
        },
      })
      expect((await get()).status).toBe(302)
      expect([written(), skipped()]).toEqual([0, 2])
    })

    test('a page that was answered with a 304', async () => {
      await start({
        '/': async (exchange) => {
          await exchange.page.render('page', {})
          exchange.status(304)
          return exchange.send('')
        },
      })
      expect((await get()).status).toBe(304)
      expect(written()).toBe(2)
    })

    test('one page for all that a request renders', async () => {
      await start({
        '/': async (exchange) => {
          const first = exchange.page
          await exchange.page.render('page', { title: 'Aside', cards: 1 })
          expect(exchange.page).toBe(first)
          return exchange.render('page')
        },
      })
      expect((await get()).headers.get('x-onetrip')).toBe('hits=0 stale=0 misses=3 trips=2')
      expect(store.calls).toEqual(['getMany 1', 'getMany 2', 'setMany 3'])
    })
  })

  describe('errors', () => {
    test('go to the error handler, whose page is rendered and not stored', async () => {
      await start(
        { '/': (exchange) => exchange.render('broken', { thrown: new Error('no such film') }) },
        {},
        (error, exchange) => {
          exchange.status(500)
          return exchange.render('error', { message: error.message })
        },
      )
      expect(await get()).toMatchObject({ status: 500, body: '<b>no such film</b>' })
      expect(written()).toBe(0)
    })

    test.each(['a text', undefined, null, { some: 'object' }])(
      '%o thrown by a template is an error too',
      async (thrown) => {
        await start({ '/': (exchange) => exchange.render('broken', { thrown }) })
        const { status, body } = await get()
        expect(status).toBe(500)
        expect(body).toContain('The page failed')
      },
    )

    test('an unknown template', async () => {
      await start({ '/': (exchange) => exchange.render('nowhere') })
      expect(await get()).toMatchObject({
        status: 500,
        body: expect.stringContaining('template not found: nowhere'),
      })
    })

    test('a store that fails fails no page', async () => {
      await start()
      store.failure = new Error('the store is gone')
      for (let i = 0; i < 3; i++) {
        expect(await get()).toMatchObject({ status: 200, body: '<h1>Films</h1><p>Films 0</p><p>Films 1</p>' })
      }
      expect(written()).toBe(0)
      store.failure = undefined
      const visit = async () => {
        await get()
        return written()
      }
      await expect.poll(visit).toBe(2)
    })

    test('a store that fails to write fails no page', async () => {
      await start()
      store.setMany = () => Promise.reject(new Error('read only'))
      expect(await get()).toMatchObject({ status: 200 })
      expect(events.some(({ type }) => type === 'error')).toBe(true)
    })
  })

  describe('headers', () => {
    test('none without debug', async () => {
      await start(undefined, { debug: false })
      const { headers } = await get()
      expect([headers.get('x-onetrip'), headers.get('server-timing')]).toEqual([null, null])
    })

    test('none where no template was rendered', async () => {
      await start({ '/': (exchange) => exchange.send('hello') })
      const { headers } = await get()
      expect([headers.get('x-onetrip'), headers.get('server-timing')]).toEqual([null, null])
    })

    test('a page without fragments asks the store nothing', async () => {
      await start({ '/': (exchange) => exchange.render('plain') })
      expect((await get()).headers.get('x-onetrip')).toBe('hits=0 stale=0 misses=0 trips=0')
      expect(store.calls).toEqual([])
    })

    test('they hold numbers, never a key, and stay short with many fragments', async () => {
      await start({ '/': (exchange) => exchange.render('page', { title: 'secret', cards: 2000 }) })
      const { headers } = await get()
      const debug = `${headers.get('x-onetrip')} ${headers.get('server-timing')}`
      expect(debug).not.toContain('secret')
      expect(debug).not.toContain('card')
      expect(debug.length).toBeLessThan(300)
    })

    test('Server-Timing is added to an existing one', async () => {
      await start({
        '/': (exchange) => {
          exchange.header('Server-Timing', 'db;dur=53')
          return exchange.render('page')
        },
      })
      const timing = (await get()).headers.get('server-timing')
      expect(timing).toMatch(/^db;dur=53, onetrip;dur=[\d.]+;desc="[^"]+"/)
    })

    test('a content type that is set stays', async () => {
      await start({
        '/': (exchange) => {
          exchange.header('Content-Type', 'application/atom+xml')
          return exchange.render('page')
        },
      })
      expect((await get()).headers.get('content-type')).toMatch(/^application\/atom\+xml/)
    })
  })

  test('200 interleaved requests mix neither visitors, nor pages, nor errors', async () => {
    scripts.visitor = async ({ visitor, room }) => {
      await turns(Math.random() * 10)
      return [
        `<i>${visitor}</i>`,
        fragment('room', [room], async () => {
          await turns(Math.random() * 10)
          if (room === 3) throw new Error(`room ${room} for ${visitor}`)
          return [`<b>${room}</b>`]
        }),
        `<u>${visitor}</u>`,
      ]
    }
    await start({
      '/visit': (exchange) => {
        const query = new URL(exchange.url, site.origin).searchParams
        return exchange.render('visitor', { visitor: query.get('visitor'), room: Number(query.get('room')) })
      },
    })
    await Promise.all(
      Array.from({ length: 200 }, async (_, visitor) => {
        await turns(Math.random() * 100)
        const room = visitor % 7
        const response = await fetch(`${site.origin}/visit?visitor=${visitor}&room=${room}`)
        const body = await response.text()
        if (room === 3) {
          expect(response.status).toBe(500)
          expect(body).toContain(`room 3 for ${visitor}`)
        } else {
          expect(body).toBe(`<i>${visitor}</i><b>${room}</b><u>${visitor}</u>`)
        }
      }),
    )
  })
})
