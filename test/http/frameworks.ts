import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import express from 'express'
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import type { FragmentCache } from '../../src/core/fragment-cache.ts'
import type { Page } from '../../src/core/page/page.ts'
import onetripExpress from '../../src/http/express.ts'
import onetripFastify from '../../src/http/fastify.ts'
import type { WebOptions } from '../../src/http/web-options.ts'
import { follow } from '../helpers/served.ts'

/**
 * The request and response as handlers of the shared cases use them, whichever framework runs them.
 */
export interface Exchange {
  readonly url: string
  readonly page: Page
  render(template: string, data?: object): unknown
  send(text: string): unknown
  status(code: number): void
  header(name: string, value: string): void
  redirect(url: string): unknown
}
export type Handler = (exchange: Exchange) => unknown

export interface Site {
  readonly port: number
  readonly origin: string
  readonly cache: FragmentCache
  /** Resolves when all responses are over, and what they have rendered is stored. */
  settled(): Promise<void>
  /** Resolves when no visitor is connected. */
  alone(): Promise<void>
  /** Stops the server, then closes the cache. */
  close(): Promise<void>
}

export interface Framework {
  readonly name: string
  /** Starts a site on a free port. `routes` by path, for GET, HEAD and POST. */
  start(
    options: WebOptions,
    routes: Record<string, Handler>,
    onError?: (error: Error, exchange: Exchange) => unknown,
  ): Promise<Site>
}

const express4 = createRequire(import.meta.url)('express4') as typeof express

export const frameworks: readonly Framework[] = [
  { name: 'Fastify 5', start: startFastify },
  { name: 'Express 5', start: startExpress(express) },
  { name: 'Express 4', start: startExpress(express4) },
]

async function startFastify(...[options, routes, onError]: Parameters<Framework['start']>): Promise<Site> {
  const app = Fastify({ forceCloseConnections: true })
  const exchange = (request: FastifyRequest, reply: FastifyReply): Exchange => ({
    url: request.url,
    get page() {
      return request.fragments
    },
    render: (template, data) => reply.view(template, data),
    send: (text) => reply.send(text),
    status: (code) => reply.code(code),
    header: (name, value) => reply.header(name, value),
    redirect: (url) => reply.redirect(url),
  })
  await app.register(onetripFastify, options)
  if (onError) app.setErrorHandler((error: Error, request, reply) => onError(error, exchange(request, reply)))
  for (const [url, handler] of Object.entries(routes)) {
    app.route({
      method: ['GET', 'POST'],
      url,
      handler: (request, reply) => handler(exchange(request, reply)) as Promise<void>,
    })
  }
  await app.listen({ port: 0, host: '127.0.0.1' })
  return site(app.server, app.fragments, () => app.close())
}
function startExpress(framework: typeof express): Framework['start'] {
  return async (options, routes, onError) => {
    const app = framework()
    const middleware = onetripExpress(options)
    const exchange = (req: express.Request, res: express.Response): Exchange => ({
      url: req.url,
      get page() {
        return req.fragments
      },
      render: (template, data) => res.render(template, data),
      send: (text) => res.send(text),
      status: (code) => res.status(code),
      header: (name, value) => res.set(name, value),
      redirect: (url) => res.redirect(url),
    })
    app.use(middleware)
    for (const [url, handler] of Object.entries(routes)) {
      app.all(url, (req, res, next) => {
        Promise.resolve(handler(exchange(req, res))).catch(next)
      })
    }
    app.use((error: Error, req: express.Request, res: express.Response, _next: express.NextFunction) => {
      res.status(500)
      if (onError) onError(error, exchange(req, res))
      else res.send(error.message)
    })
    const server = createServer(app)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return site(server, middleware.fragments, async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await middleware.fragments.close()
    })
  }
}

function site(server: Server, cache: FragmentCache, close: () => Promise<unknown>): Site {
  const { port } = server.address() as AddressInfo
  const served = follow(server)
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    cache,
    async settled() {
      await served.over()
      await cache.settled()
    },
    alone: served.alone,
    close: async () => void (await close()),
  }
}
