import { integer, toolkit } from 'onetrip/toolkit'
import { expect, test, vi } from 'vitest'
import { collectWarnings } from '../helpers/warnings.ts'

const warnings = collectWarnings()

/** Its calls reject: there is no server. The warning comes before they are sent. */
const kit = toolkit({ host: '127.0.0.1', port: 1, lazyConnect: true, retryStrategy: () => null })
const Page = kit.model('page', { id: integer().primaryKey() })

const CALLS: [string, (ms: number | string) => unknown][] = [
  ["The hash 'cart': expire", (ms) => kit.hash('cart').expire(ms)],
  ["The value 'banner': ttl", (ms) => kit.value('banner').set('Sale!', { ttl: ms })],
  ['page: expire', (ms) => Page.expire(1, ms)],
  ['The longest wait of BLPOP', (ms) => kit.list('jobs').blockingShift(ms)],
  ['The option ttl of a lock', (ms) => kit.lock('import', { ttl: ms })],
  ['The option per', (ms) => kit.rateLimit('login', { limit: 5, per: ms })],
]

const run = (call: () => unknown) => Promise.resolve(call()).catch(() => {})

test.each(CALLS)('%s: a bare number below a second is most likely meant in seconds', async (what, call) => {
  for (const given of [60, 60, '60ms', '60s', 1_000]) await run(() => call(given))
  expect(warnings).toEqual([
    `${what} is 60, which is 60 milliseconds: for seconds, write "60s"; if milliseconds are meant, "60ms".`,
  ])
})

test('there is no warning in production', async () => {
  vi.stubEnv('NODE_ENV', 'production')
  for (const [, call] of CALLS) await run(() => call(61))
  expect(warnings).toEqual([])
})
