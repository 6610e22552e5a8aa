import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import { type Clock, processClock } from '../../src/clock.ts'
import { Dashboard } from '../../src/dashboard/dashboard.ts'
import { type DashboardOptions, readDashboard } from '../../src/dashboard/options.ts'
import type { Sources } from '../../src/dashboard/sources.ts'
import { splitUrl } from '../../src/http/split-url.ts'
import { shopNumbers } from './shop-numbers.ts'

/** A time of day at which the numbers of the tests end. */
export const NOW = Date.UTC(2026, 4, 4, 12, 30, 2)

export interface ServedDashboard {
  readonly origin: string
  readonly server: Server
  readonly dashboard: Dashboard
  /** Tags that were invalidated. */
  readonly invalidated: string[]
  /** Messages that were reported. */
  readonly reports: string[]
  /** Asks for a page; redirects are not followed. */
  get(path: string, headers?: Record<string, string>): Promise<Response>
}

/** Serves a dashboard on Node's own server, until the test ends. */
export async function serveDashboard(
  options: DashboardOptions = {},
  sources: Partial<Sources> = {},
  clock: Clock = processClock,
): Promise<ServedDashboard> {
  const config = readDashboard(options)
  if (!config) throw new Error('No dashboard')
  const invalidated: string[] = []
  const reports: string[] = []
  const cache = {
    invalidate: async (...tags: string[]) => void invalidated.push(...tags),
    inspect: () => Promise.reject(new Error('No cache')),
  }
  const now = () => NOW
  const own: Sources = {
    cache,
    numbers: shopNumbers(now),
    queues: config.queues,
    findings: { list: [] },
    traces: undefined,
    nginx: undefined,
    now,
    ...sources,
  }
  const report = (message: string, error: unknown) =>
    reports.push(error === undefined ? message : `${message} ${error}`)
  const dashboard = new Dashboard(config, own, report, undefined, clock)
  const server = createServer(async (message, response) => {
    const { pathname, query } = splitUrl(message.url ?? '')
    const path = pathname.slice(config.path.length)
    const isOurs = pathname.startsWith(config.path)
    const exchange = { request: message, message, response, path, query, secure: false }
    if (isOurs && (await dashboard.serve(exchange))) return
    response.statusCode = 404
    response.end('Not found')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    await dashboard.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(`${origin}${path}`, { headers, redirect: 'manual' })
  return { origin, server, dashboard, invalidated, reports, get }
}
