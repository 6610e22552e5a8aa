import { createRequire } from 'node:module'
import { promisify } from 'node:util'
import express, { type Express, type NextFunction, type Request, type Response } from 'express'
import Fastify, { type FastifyInstance } from 'fastify'
import { OptionError } from 'onetrip'
import onetripExpress from 'onetrip/express'
import onetrip, { type FastifyOptions } from 'onetrip/fastify'
import { afterEach, describe, expect, test } from 'vitest'
import { engineOf } from '../helpers/templates.ts'

const TEMPLATES = {
  'page.njk': '{{ site }} {{ greeting }} {{ name }}{% cache "a" %} {{ n }}{% endcache %}',
  'mail.de.njk': 'Hallo',
}
const engine = () => engineOf(TEMPLATES)

describe('the plugin for Fastify', () => {
  let app: FastifyInstance
  afterEach(() => app.close())

  async function start(options: Partial<FastifyOptions> = {}): Promise<void> {
    app = Fastify()
    await app.register(onetrip, { engine: engine(), ttl: '5m', ...options })
  }

  test('reply.viewAsync gives the HTML, on the page of its request', async () => {
    await start()
    app.get('/', async (_request, reply) => {
      const html = await reply.viewAsync('page.njk', { name: 'Anna', n: 1 })
      return reply.type('text/plain').send(html.toUpperCase())
    })
    for (const cost of ['hits=0 stale=0 misses=1 trips=1', 'hits=1 stale=0 misses=0 trips=1']) {
      const { body, headers } = await app.inject('/')
      await app.fragments.settled()
      expect(body).toBe('  ANNA 1')
      expect(headers).toMatchObject({
        'x-onetrip': cost,
        'content-type': expect.stringContaining('text/plain'),
      })
    }
  })

  test('reply.viewAsync throws what fails, and the error handler answers', async () => {
    await start()
    app.get('/', async (_request, reply) => reply.viewAsync('absent.njk'))
    const { statusCode, body } = await app.inject('/')
    expect(statusCode).toBe(500)
    expect(body).toContain('absent.njk')
  })

  test('the result of reply.viewAsync is sent as HTML unless the handler sets another type', async () => {
    await start()
    app.get('/', async (_request, reply) => reply.viewAsync('page.njk', { n: 1 }))
    app.get('/feed', async (_request, reply) => reply.type('application/xml').viewAsync('page.njk', { n: 1 }))
    expect((await app.inject('/')).headers['content-type']).toBe('text/html; charset=utf-8')
    expect((await app.inject('/feed')).headers['content-type']).toContain('application/xml')
  })

  test('app.view takes a callback, as that of @fastify/view', async () => {
    await start()
    const render = promisify<string, object, string>(app.view)
    expect(await render('page.njk', { n: 1 })).toBe('   1')
    await expect(render('absent.njk', {})).rejects.toThrow('absent.njk')
    const raised = new Promise((resolve) => process.once('uncaughtException', resolve))
    app.view('page.njk', {}, () => {
      throw new Error('of the callback')
    })
    expect(await raised).toMatchObject({ message: 'of the callback' })
  })

  test('a Promise as the data of a page is an error', async () => {
    await start()
    const data = async () => ({ n: 1 })
    app.get('/view', (_request, reply) => reply.view('page.njk', data()))
    app.get('/async', (_request, reply) => reply.viewAsync('page.njk', data()))
    for (const url of ['/view', '/async']) {
      const { statusCode, body } = await app.inject(url)
      expect(statusCode).toBe(500)
      expect(body).toContain('The data of page.njk is a Promise: await it')
    }
    await expect(app.view('page.njk', data())).rejects.toThrow('is a Promise')
    await expect(app.fragments.render('page.njk', data())).rejects.toThrow('is a Promise')
  })

  test('app.view renders without a request, and caches', async () => {
    await start({ render: { defaultContext: { site: 'Reel' } } })
    expect(await app.view('page.njk', { n: 1 })).toBe('Reel   1')
    await app.fragments.settled()
    expect(await app.view('page.njk', { n: 2 })).toBe('Reel   1')
    await expect(app.view('absent.njk')).rejects.toThrow('absent.njk')
  })

  test('viewExt is added to names without an extension, with or without its dot', async () => {
    for (const viewExt of ['njk', '.njk']) {
      await start({ render: { viewExt } })
      app.get('/', (_request, reply) => reply.view('page', { n: 1 }))
      app.get('/whole', (_request, reply) => reply.view('mail.de.njk'))
      expect((await app.inject('/')).body).toBe('   1')
      expect((await app.inject('/whole')).body).toBe('Hallo')
      expect(await app.view('page', { n: 2 })).toBe('   1')
      await app.close()
    }
  })

  test('defaultContext stands under reply.locals, which stand under the data of the page', async () => {
    await start({ render: { defaultContext: { site: 'Reel', greeting: 'Hi', name: 'nobody' } } })
    app.decorateReply('locals')
    app.addHook('onRequest', async (_request, reply) => {
      Object.assign(reply, { locals: { greeting: 'Good morning', name: 'somebody' } })
    })
    app.get('/', (_request, reply) => reply.view('page.njk', { name: 'Anna', n: 1 }))
    expect((await app.inject('/')).body).toBe('Reel Good morning Anna 1')
  })

  test('another name names all three', async () => {
    await start({ render: 'page' })
    expect(app.hasReplyDecorator('page')).toBe(true)
    expect(app.hasReplyDecorator('pageAsync')).toBe(true)
    expect(app.hasDecorator('page')).toBe(true)
  })

  test.each<[Partial<FastifyOptions>, string]>([
    [{ render: { viewExt: 1 as never } }, 'render.viewExt must be a string'],
    [{ render: { defaultContext: 'x' as never } }, 'render.defaultContext must be an object'],
    [{ render: { method: false, viewExt: 'njk' } }, 'method: false leaves out'],
    [{ render: 'inject' }, 'app.inject exists already'],
    [{ viewext: 'njk' } as never, 'did you mean "render.viewExt"?'],
  ])('%j is refused', async (options, message) => {
    app = Fastify()
    await expect(app.register(onetrip, { engine: engine(), ...options })).rejects.toThrow(message)
  })
})

const express4 = createRequire(import.meta.url)('express4') as typeof express

describe.each([
  ['Express 5', express],
  ['Express 4', express4],
])('the middleware for %s', (_name, framework) => {
  function start(): { app: Express; cached: ReturnType<typeof onetripExpress> } {
    const app = framework()
    app.set('view engine', 'njk')
    app.locals.site = 'Reel'
    const cached = onetripExpress({ engine: engine(), ttl: '5m', render: { app } })
    app.use(cached)
    return { app, cached }
  }

  test('app.render caches, with app.locals and the setting view engine', async () => {
    const { app, cached } = start()
    const render = promisify<string, object, string>(app.render.bind(app))
    expect(await render('page', { n: 1 })).toBe('Reel   1')
    await cached.fragments.settled()
    expect(await render('page.njk', { n: 2 })).toBe('Reel   1')
    const [error, html] = await new Promise<unknown[]>((resolve) =>
      app.render('page', (...all: unknown[]) => resolve(all)),
    )
    expect([error, html]).toEqual([null, 'Reel   1'])
    await expect(render('absent', {})).rejects.toThrow('absent.njk')
    await cached.fragments.close()
  })

  test('a Promise as the data of a page is an error', async () => {
    const { app, cached } = start()
    const data = async () => ({ n: 1 })
    app.get('/', (_request, response) => response.render('page', data()))
    app.use((error: Error, _request: Request, response: Response, _next: NextFunction) => {
      response.status(500).send(error.message)
    })
    const server = app.listen(0)
    const { port } = server.address() as { port: number }
    const answer = await fetch(`http://127.0.0.1:${port}/`)
    expect(answer.status).toBe(500)
    expect(await answer.text()).toContain('The data of page is a Promise: await it')
    const render = promisify<string, object, string>(app.render.bind(app))
    await expect(render('page', data())).rejects.toThrow('is a Promise')
    await new Promise((resolve) => server.close(resolve))
    await cached.fragments.close()
  })

  test("Express' own res.render of a response that the middleware has not seen stays as it is", async () => {
    const app = framework()
    app.set('views', import.meta.dirname)
    app.get('/early', (_request, response) => response.render('rendering-methods.test.ts'))
    app.engine('ts', (_path: string, _options: object, done: (error: null, text: string) => void) =>
      done(null, 'its own'),
    )
    const cached = onetripExpress({ engine: engine(), ttl: '5m', render: { app } })
    app.use(cached)
    const server = app.listen(0)
    const { port } = server.address() as { port: number }
    expect(await (await fetch(`http://127.0.0.1:${port}/early`)).text()).toBe('its own')
    await new Promise((resolve) => server.close(resolve))
    await cached.fragments.close()
  })

  test('wrong options are refused', () => {
    const make = (options: object) => () => onetripExpress({ engine: engine(), ...options })
    expect(make({ render: { app: {} } })).toThrow('must be an Express app')
    expect(make({ render: { app: framework(), method: 'page' } })).toThrow(
      'cannot stand beside render.method',
    )
    expect(make({ viewExt: 'njk' })).toThrow("app.set('view engine', 'njk')")
    expect(make({ defaultContext: {} })).toThrow('app.locals')
    expect(make({ render: { viewExt: 'njk' } })).toThrow("app.set('view engine', 'njk')")
    expect(make({ viewExt: 'njk' })).toThrow(OptionError)
  })
})
