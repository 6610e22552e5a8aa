import express, { type Request, type RequestHandler } from 'express'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import Fastify from 'fastify'
import { expectTypeOf, test } from 'vitest'
import type { FragmentCache } from '../../src/core/fragment-cache.ts'
import type { Page } from '../../src/core/page/page.ts'
import onetripExpress from '../../src/http/express.ts'
import onetripFastify, { type FastifyOptions } from '../../src/http/fastify.ts'
import { scriptedEngine } from './scripted-engine.ts'

test("Fastify's types", () => {
  expectTypeOf<FastifyInstance['fragments']>().toEqualTypeOf<FragmentCache>()
  expectTypeOf<FastifyRequest['fragments']>().toEqualTypeOf<Page>()
  expectTypeOf<FastifyReply['view']>().toBeCallableWith('home.njk')
  expectTypeOf<FastifyReply['view']>().toBeCallableWith('home.njk', { films: [] })
  expectTypeOf<FastifyReply['viewAsync']>().toBeCallableWith('home.njk', { films: [] })
  expectTypeOf<FastifyInstance['view']>().toBeCallableWith('mail.njk', { name: 'Anna' })
})

test("Express' types", () => {
  expectTypeOf<Request['fragments']>().toEqualTypeOf<Page>()
  const middleware = onetripExpress({ engine: scriptedEngine({}) })
  expectTypeOf(middleware).toExtend<RequestHandler>()
  expectTypeOf(middleware.fragments).toEqualTypeOf<FragmentCache>()
})

test('options are typed where they are given', () => {
  const engine = scriptedEngine({})
  expectTypeOf<FastifyOptions>().toHaveProperty('store')
  const app = Fastify()
  const typed = () => {
    app.register(onetripFastify, { engine, ttl: '5m', debug: false, render: 'page' })
    app.register(onetripFastify, { engine, store: undefined })
    // @ts-expect-error the method that renders is named by a string
    app.register(onetripFastify, { engine, render: 1 })
    // @ts-expect-error no such option
    app.register(onetripFastify, { engine, stores: 1 })
    app.register(onetripFastify, { engine, render: { viewExt: 'njk', defaultContext: { site: 'Reel' } } })
    onetripExpress({ engine, render: { app: express() } })
    // @ts-expect-error no such option
    onetripExpress({ engine, stores: 1 })
    app.get('/', (_request, reply) => reply.view('home.njk', { films: [] }))
    app.get('/async', async (request, reply) => {
      expectTypeOf(request.fragments).toEqualTypeOf<Page>()
      return reply.view('home.njk')
    })
  }
  expectTypeOf(typed).toBeFunction()
})
