import Fastify, { type FastifyInstance } from 'fastify'
import { afterEach, describe, expect, test } from 'vitest'
import { FragmentCache } from '../../src/core/fragment-cache.ts'
import onetrip from '../../src/http/fastify.ts'
import { memoryStore } from '../../src/stores/memory/index.ts'
import { deferred } from '../helpers/deferred.ts'
import { turns } from '../helpers/turns.ts'
import { fragment, scriptedEngine } from './scripted-engine.ts'
import { watchedStore } from './watched-store.ts'

const engine = scriptedEngine({
  page: ({ who = 'nobody' }) => [`<h1>${who}</h1>`, fragment('card', ['a'], () => ['<p>card</p>'])],
})
const options = { engine, ttl: '1m', debug: true }

let app: FastifyInstance
afterEach(() => app.close())

const counts = (response: { headers: Record<string, unknown> }) => response.headers['x-onetrip']
const COLD = 'hits=0 stale=0 misses=1 trips=1'
const WARM = 'hits=1 stale=0 misses=0 trips=1'

describe('reply.view', () => {
  test.each<[string, (instance: FastifyInstance) => void]>([
    ['returned', (app) => app.get('/', (_request, reply) => reply.view('page'))],
    ['not returned', (app) => app.get('/', (_request, reply) => void reply.view('page'))],
    ['returned by an async handler', (app) => app.get('/', async (_request, reply) => reply.view('page'))],
    [
      'awaited, and then the reply returned',
      (app) =>
        app.get('/', async (_request, reply) => {
          await reply.view('page')
          return reply
        }),
    ],
    [
      'awaited, and nothing returned',
      (app) =>
        app.get('/', async (_request, reply) => {
          await reply.view('page')
        }),
    ],
    [
      'with a slow onSend hook',
      (app) => {
        app.addHook('onSend', async (_request, _reply, payload) => {
          await turns()
          return payload
        })
        app.get('/', async (_request, reply) => reply.view('page'))
      },
    ],
    [
      'in a hook',
      (app) => {
        app.addHook('preHandler', (_request, reply) => reply.view('page'))
        app.get('/', () => 'never reached')
      },
    ],
    [
      'in the handler of what is not found',
      (app) => app.setNotFoundHandler((_request, reply) => reply.view('page')),
    ],
  ])('%s', async (_name, route) => {
    app = Fastify()
    await app.register(onetrip, options)
    route(app)
    const response = await app.inject('/')
    expect(response.body).toBe('<h1>nobody</h1><p>card</p>')
    expect(response.headers['content-type']).toBe('text/html; charset=utf-8')
  })

  test('reply.locals, if a plugin decorates it, is merged under the data', async () => {
    app = Fastify()
    await app.register(onetrip, options)
    app.decorateReply('locals')
    app.addHook('preHandler', async (_request, reply) => {
      Object.assign(reply, { locals: { who: 'locals' } })
    })
    app.get('/', (_request, reply) => reply.view('page'))
    app.get('/data', (_request, reply) => reply.view('page', { who: 'data' }))
    expect((await app.inject('/')).body).toContain('<h1>locals</h1>')
    expect((await app.inject('/data')).body).toContain('<h1>data</h1>')
  })

  test('by another name', async () => {
    app = Fastify()
    await app.register(onetrip, { ...options, render: 'page' })
    app.get('/', (_request, reply) => (reply as unknown as { page: typeof reply.view }).page('page'))
    expect((await app.inject('/')).body).toContain('<p>card</p>')
    expect(app.hasReplyDecorator('view')).toBe(false)
  })

  test('a reply that is sent already: Fastify warns, as with any second send', async () => {
    app = Fastify()
    await app.register(onetrip, options)
    app.get('/', async (_request, reply) => {
      reply.send('first')
      return reply.view('page')
    })
    expect((await app.inject('/')).body).toBe('first')
  })

  test('a hijacked reply: its page is stored when the response is over', async () => {
    const store = watchedStore()
    app = Fastify()
    await app.register(onetrip, { ...options, store })
    app.get('/', async (request, reply) => {
      reply.hijack()
      const { body } = await request.fragments.render('page', {})
      reply.raw.end(body)
    })
    expect((await app.inject('/')).body).toContain('<p>card</p>')
    await app.fragments.settled()
    expect(store.calls).toEqual(['getMany 1', 'setMany 1'])
  })
})

describe('before the hook of the plugin', () => {
  test('a page is served, and not stored, whatever its status', async () => {
    const store = watchedStore()
    app = Fastify()
    app.addHook('onRequest', async () => {
      throw new Error('not now')
    })
    await app.register(onetrip, { ...options, store })
    app.setErrorHandler((_error, _request, reply) => reply.view('page'))
    app.get('/', () => 'never reached')
    const response = await app.inject('/')
    expect([response.statusCode, counts(response)]).toEqual([200, COLD])
    await app.fragments.settled()
    expect(store.calls).not.toContain('setMany 1')
  })

  test('request.fragments says what to do', async () => {
    app = Fastify()
    app.addHook('onRequest', async (request) => {
      request.fragments.hits
    })
    await app.register(onetrip, options)
    app.get('/', () => 'never reached')
    const response = await app.inject('/')
    expect(response.json().message).toContain('register onetrip first')
  })
})

describe('registration', () => {
  test('closes its cache and the store with the app', async () => {
    const store = watchedStore()
    app = Fastify()
    await app.register(onetrip, { ...options, store })
    await app.close()
    expect(store.calls).toEqual(['close 0'])
    await expect(app.fragments.delete('card', 'a')).rejects.toMatchObject({ code: 'ERR_ONETRIP_CLOSED' })
  })

  test('lets a page that is under way end, and stores it, before it closes', async () => {
    const store = watchedStore()
    app = Fastify()
    await app.register(onetrip, { ...options, store })
    const begun = deferred()
    const closing = deferred()
    app.addHook('preClose', async () => closing.resolve())
    app.get('/', async (_request, reply) => {
      begun.resolve()
      await closing.promise
      await turns()
      return reply.view('page')
    })
    const origin = await app.listen({ port: 0, host: '127.0.0.1' })
    const response = fetch(origin, { headers: { connection: 'close' } })
    await begun.promise
    await app.close()
    expect(await (await response).text()).toContain('<p>card</p>')
    expect(store.calls).toEqual(['getMany 1', 'setMany 1', 'close 0'])
  })

  test('does not close a cache that was passed as an option', async () => {
    const store = watchedStore()
    const cache = new FragmentCache({ engine, store, ttl: '1m' })
    app = Fastify()
    await app.register(onetrip, { cache })
    expect(app.fragments).toBe(cache)
    app.get('/', (_request, reply) => reply.view('page'))
    expect((await app.inject('/')).body).toContain('<p>card</p>')
    await app.close()
    expect(store.calls).not.toContain('close 0')
    await cache.close()
  })

  test('works on its instance and on the children', async () => {
    app = Fastify()
    await app.register(onetrip, options)
    await app.register(
      async (child) => {
        expect(child.fragments).toBe(app.fragments)
        child.get('/', (_request, reply) => reply.view('page'))
      },
      { prefix: '/child' },
    )
    app.get('/', (_request, reply) => reply.view('page'))
    expect(counts(await app.inject('/'))).toBe(COLD)
    expect(counts(await app.inject('/child'))).toBe(WARM)
  })

  test('siblings each have a cache of their own', async () => {
    const store = memoryStore()
    app = Fastify()
    const sibling = (name: string) => async (instance: FastifyInstance) => {
      await instance.register(onetrip, { ...options, store, prefix: name })
      instance.get(`/${name}`, (_request, reply) => reply.view('page', { who: name }))
    }
    await app.register(sibling('shop'))
    await app.register(sibling('blog'))
    expect('fragments' in app).toBe(false)
    const shop = await app.inject('/shop')
    expect([shop.body, counts(shop)]).toEqual(['<h1>shop</h1><p>card</p>', COLD])
    const blog = await app.inject('/blog')
    expect([blog.body, counts(blog)]).toEqual(['<h1>blog</h1><p>card</p>', COLD])
    expect(counts(await app.inject('/shop'))).toBe(WARM)
    expect(counts(await app.inject('/blog'))).toBe(WARM)
  })

  test('a child that registered before its parent keeps its own', async () => {
    app = Fastify()
    await app.register(async (child) => {
      await child.register(onetrip, options)
      child.get('/child', (_request, reply) => reply.view('page', { who: 'child' }))
    })
    await app.register(onetrip, options)
    app.get('/', (_request, reply) => reply.view('page'))
    expect(counts(await app.inject('/'))).toBe(COLD)
    const child = await app.inject('/child')
    expect([child.body, counts(child)]).toEqual(['<h1>child</h1><p>card</p>', COLD])
    expect(counts(await app.inject('/child'))).toBe(WARM)
  })

  test('a context that is older than the registration is served like any other', async () => {
    app = Fastify()
    await app.register(async (older) => {
      older.get('/', (_request, reply) => reply.view('page'))
    })
    await app.register(onetrip, options)
    expect(counts(await app.inject('/'))).toBe(COLD)
    expect(counts(await app.inject('/'))).toBe(WARM)
  })

  test('a second one, on the instance or on a child, is refused', async () => {
    app = Fastify()
    await app.register(onetrip, options)
    const refused = { code: 'ERR_ONETRIP_REGISTERED', message: expect.stringContaining('already registered') }
    await expect((async () => app.register(onetrip, options))()).rejects.toMatchObject(refused)
    app = Fastify()
    await app.register(onetrip, options)
    app.register(async (child) => {
      await child.register(onetrip, { ...options, render: 'other' })
    })
    await expect(app.ready()).rejects.toMatchObject(refused)
  })

  test('names that others have taken are refused', async () => {
    app = Fastify()
    app.decorate('fragments', { getter: () => 'mine' } as never)
    await expect((async () => app.register(onetrip, options))()).rejects.toMatchObject({
      code: 'ERR_ONETRIP_REGISTERED',
      message: expect.stringContaining('already taken'),
    })
    app = Fastify()
    app.decorateReply('view', { getter: () => 'mine' } as never)
    await expect((async () => app.register(onetrip, options))()).rejects.toMatchObject({
      code: 'ERR_ONETRIP_REGISTERED',
      message: expect.stringMatching(/reply\.view exists already.*render: 'page'.*installCache/s),
    })
  })
})

test('a route that renders nothing opens no page', async () => {
  app = Fastify()
  await app.register(onetrip, options)
  app.fragments.open = () => {
    throw new Error('opened')
  }
  app.get('/', () => 'hello')
  const response = await app.inject('/')
  expect([response.body, counts(response)]).toEqual(['hello', undefined])
})
