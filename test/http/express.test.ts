import { once } from 'node:events'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { afterEach, describe, expect, test } from 'vitest'
import { FragmentCache } from '../../src/core/fragment-cache.ts'
import onetrip from '../../src/http/express.ts'
import { memoryStore } from '../../src/stores/memory/index.ts'
import { fragment, scriptedEngine } from './scripted-engine.ts'
import { watchedStore } from './watched-store.ts'

const engine = scriptedEngine({
  page: ({ who = 'nobody' }) => [`<h1>${who}</h1>`, fragment('card', ['a'], () => ['<p>card</p>'])],
  'home.njk': () => ['home'],
  broken: () => {
    throw new Error('broken')
  },
  keys: (data) => [Object.keys(data).sort().join(' ')],
})
const options = { engine, ttl: '1m', debug: true }
const COLD = 'hits=0 stale=0 misses=1 trips=1'
const WARM = 'hits=1 stale=0 misses=0 trips=1'

const express4 = createRequire(import.meta.url)('express4') as typeof express

describe.each([
  ['Express 5', express],
  ['Express 4', express4],
])('%s', (_version, framework) => {
  let stop: (() => unknown) | undefined
  afterEach(() => stop?.())

  async function listen(app: express.Express) {
    app.use((error: Error, _req: express.Request, res: express.Response, _next: express.NextFunction) => {
      res.status(500).send(`error: ${error.message}`)
    })
    const server = createServer(app).listen(0, '127.0.0.1')
    await once(server, 'listening')
    stop = () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(resolve))
    }
    return async (path = '/') => {
      const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`)
      return { status: response.status, body: await response.text(), cost: response.headers.get('x-onetrip') }
    }
  }

  describe('res.render', () => {
    test('with a callback, which gets a string and sends it itself', async () => {
      const app = framework().use(onetrip(options))
      app.get('/', (_req, res) => {
        res.render('page', { who: 'me' }, (error, html) => res.send(`${error} ${typeof html} ${html}`))
      })
      app.get('/no-data', (_req, res) => {
        res.render('page', (_error: Error, html: string) => res.send(html))
      })
      app.get('/broken', (_req, res) => {
        res.render('broken', {}, (error, html) => res.send(`${error.message} ${html}`))
      })
      app.get('/throws', (_req, res) => {
        res.render('page', {}, () => {
          throw new Error('from the callback')
        })
      })
      const get = await listen(app)
      expect(await get()).toMatchObject({ body: 'null string <h1>me</h1><p>card</p>', cost: COLD })
      expect((await get('/no-data')).body).toBe('<h1>nobody</h1><p>card</p>')
      expect((await get('/broken')).body).toBe('broken undefined')
      expect(await get('/throws')).toMatchObject({ status: 500, body: 'error: from the callback' })
    })

    test('merges app.locals, res.locals and data, in this order', async () => {
      const app = framework().use(onetrip(options))
      app.locals.who = 'app'
      app.get('/app', (_req, res) => res.render('page'))
      app.get('/res', (_req, res) => {
        res.locals.who = 'res'
        res.render('page')
      })
      app.get('/data', (_req, res) => {
        res.locals.who = 'res'
        res.render('page', { who: 'data' })
      })
      app.get('/keys', (_req, res) => {
        const data = { own: 1 }
        res.render('keys', data)
        expect(data).toEqual({ own: 1 })
      })
      const get = await listen(app)
      for (const who of ['app', 'res', 'data'])
        expect((await get(`/${who}`)).body).toContain(`<h1>${who}</h1>`)
      expect((await get('/keys')).body).toBe('own settings who')
    })

    test('of a mounted app, with its own locals', async () => {
      const app = framework().use(onetrip(options))
      const shop = framework()
      app.locals.who = 'app'
      shop.locals.who = 'shop'
      shop.get('/', (_req, res) => res.render('page'))
      app.use('/shop', shop)
      app.get('/', (_req, res) => res.render('page'))
      const get = await listen(app)
      expect((await get('/shop')).body).toContain('<h1>shop</h1>')
      expect(await get('/')).toMatchObject({ body: '<h1>app</h1><p>card</p>', cost: WARM })
    })

    test('adds the extension that the setting view engine names', async () => {
      const app = framework().use(onetrip(options))
      app.get('/', (_req, res) => res.render('home'))
      const get = await listen(app)
      expect((await get()).status).toBe(500)
      for (const setting of ['njk', '.njk']) {
        app.set('view engine', setting)
        expect((await get()).body).toBe('home')
      }
    })

    test('by another name, beside that of Express', async () => {
      const app = framework().use(onetrip({ ...options, render: 'page' }))
      app.engine('txt', (_path: string, _data: object, done: (error: null, text: string) => void) => {
        done(null, 'by Express')
      })
      app.set('views', import.meta.dirname)
      app.get('/', (_req, res) => (res as unknown as { page: typeof res.render }).page('page'))
      app.get('/express', (_req, res) => {
        expect(Object.hasOwn(res, 'render')).toBe(false)
        res.send('untouched')
      })
      const get = await listen(app)
      expect((await get()).body).toContain('<p>card</p>')
      expect((await get('/express')).body).toBe('untouched')
    })

    test('by a name that is taken', async () => {
      const get = await listen(framework().use(onetrip({ ...options, render: 'send' })))
      expect((await get()).body).toContain('res.send exists already')
    })
  })

  describe('mounted', () => {
    test('twice: the outer one serves', async () => {
      const middleware = onetrip(options)
      const app = framework().use(middleware, middleware)
      const router = framework.Router()
      router.use(middleware)
      router.get('/', (req, res) => {
        expect(req.fragments).toBe(req.fragments)
        res.render('page')
      })
      app.use('/router', router)
      app.get('/', (_req, res) => res.render('page'))
      const get = await listen(app)
      expect((await get()).cost).toBe(COLD)
      expect((await get('/router')).cost).toBe(WARM)
    })

    test('on a router with another cache: that one serves the router', async () => {
      const store = memoryStore()
      const outer = onetrip({ ...options, store, prefix: 'outer' })
      const inner = onetrip({ ...options, store, prefix: 'inner' })
      const app = framework().use(outer)
      const router = framework.Router()
      router.use(inner)
      router.get('/', (_req, res) => res.render('page'))
      app.use('/router', router)
      app.get('/', (_req, res) => res.render('page'))
      const get = await listen(app)
      expect((await get()).cost).toBe(COLD)
      expect((await get('/router')).cost).toBe(COLD)
      expect((await get()).cost).toBe(WARM)
      expect((await get('/router')).cost).toBe(WARM)
    })

    test('beside another middleware that took req.fragments', async () => {
      const app = framework().use((req, _res, next) => {
        Object.assign(req, { fragments: 'mine' })
        next()
      })
      const get = await listen(app.use(onetrip(options)))
      expect((await get()).body).toContain('req.fragments is already taken')
    })
  })

  test('a cache of your own is used, and not closed with the middleware', async () => {
    const store = watchedStore()
    const cache = new FragmentCache({ engine, store, ttl: '1m' })
    const middleware = onetrip({ cache, debug: true })
    expect(middleware.fragments).toBe(cache)
    const app = framework().use(middleware)
    app.get('/', (req, res) => {
      expect(req.fragments.cache).toBe(cache)
      res.render('page')
    })
    const get = await listen(app)
    expect((await get()).cost).toBe(COLD)
    await cache.close()
    expect(store.calls).toContain('close 0')
  })

  test('a route that renders nothing opens no page', async () => {
    const middleware = onetrip(options)
    middleware.fragments.open = () => {
      throw new Error('opened')
    }
    const app = framework().use(middleware)
    app.get('/', (req, res) => {
      // A look at the request, as loggers take it, is no use of it.
      res.send(Object.keys(req).includes('fragments') ? 'seen' : 'hello')
    })
    const get = await listen(app)
    expect(await get()).toEqual({ status: 200, body: 'hello', cost: null })
  })
})
