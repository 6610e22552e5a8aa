import { expressRateLimit, fastifyRateLimit, integer, json, schema, text, toolkit } from 'onetrip/toolkit'
import { expect, test } from 'vitest'
import { all } from './every-kit.ts'

// Nothing is sent: the connection opens lazily.
const kit = toolkit({ lazyConnect: true })
const none = null as never
const limit = kit.rateLimit('r', { limit: 1, per: '1m' })
const list = kit.list('l')
const sorted = kit.sortedSet('z')
const Page = kit.model('page', { id: integer().primaryKey(), title: text().search() })

test.each<[string, () => unknown]>([
  ['toolkit', () => toolkit({ lazyConnect: true }, none)],
  ['hash', () => kit.hash('h', none)],
  ['bloomFilter', () => kit.bloomFilter('b', none)],
  ['scan of a hash', () => all(kit.hash('h').scan(none))],
  ['scan of a set', () => all(kit.set('s').scan(none))],
  ['set of a value', () => kit.value('v').set(1, none)],
  ['move', () => list.move(list, none)],
  ['blockingMove', () => list.blockingMove(list, '1s', none)],
  ['blockingPop', () => list.blockingPop('1s', none)],
  ['blockingPopMin', () => sorted.blockingPopMin('1s', none)],
  ['sort', () => list.sort(none)],
  ['sortTo', () => list.sortTo(list, none)],
  ['add of a sorted set', () => sorted.add('a', 1, none)],
  ['addMany of a sorted set', () => sorted.addMany([['a', 1]], none)],
  ['range', () => sorted.range(none)],
  ['count of a range', () => sorted.count(none)],
  ['deleteRange', () => sorted.deleteRange(none)],
  ['union', () => sorted.union(sorted, none)],
  ['unionTo', () => sorted.unionTo(sorted, sorted, none)],
  ['script', () => kit.script('return 1', none)],
  ['lock', () => kit.lock('l', none)],
  ['acquire', () => kit.lock('l').acquire(none)],
  ['run of a lock', () => kit.lock('l').run(none, async () => {})],
  ['rateLimit', () => kit.rateLimit('r', none)],
  ['take', () => limit.take('a', none)],
  ['peek', () => limit.peek('a', none)],
  ['run of a limit', () => limit.run('a', () => 1, none)],
  ['wrap', () => limit.wrap(() => 1, none)],
  ['fastifyRateLimit', () => fastifyRateLimit(limit, none)],
  ['expressRateLimit', () => expressRateLimit(limit, none)],
  ['reindex', () => Page.reindex(none)],
  ['search() of a field', () => text().search(none)],
  ['index', () => kit.index('i', none)],
  ['add of an index', () => kit.index('i').add('a', 'b', none)],
  ['addMany of an index', () => kit.index('i').addMany([], none)],
  ['search of an index', () => kit.index('i').search('a', none)],
  ['graph', () => kit.graph('g', none)],
  ['addMany of a graph', () => kit.graph('g').addMany([], none)],
  ['search of a graph', () => kit.graph('g').search([['a', 'b', 'c']], none)],
  ['autocomplete', () => kit.autocomplete('a', none)],
  ['addMany of an autocomplete', () => kit.autocomplete('a').addMany([], none)],
  ['search of an autocomplete', () => kit.autocomplete('a').search('a', none)],
  ['update of an autocomplete', () => kit.autocomplete('a').update('1', none)],
  ['schema', () => schema(none, json())],
])('%s refuses null in place of its options, and says so', async (_, call) => {
  const called = (async () => call())()
  await expect(called).rejects.toMatchObject({ code: 'ERR_ONETRIP_OPTION' })
  await expect(called).rejects.toThrow('null')
})
