import fc from 'fast-check'
import { type Toolkit, toolkit } from 'onetrip/toolkit'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parseQuery, type QueryNode } from '../../../src/toolkit/text/query/parse-query.ts'
import { describeRedis, type RedisServer, startRedis } from '../../helpers/redis-server.ts'

const WORDS = ['ab', 'abc', 'b', 'bcd', 'c', 'd', 'rare']

/** Returns true if a text, by a look at its words alone, is what the query asks for. */
function matches(node: QueryNode, words: readonly string[]): boolean {
  switch (node.kind) {
    case 'and':
      return node.parts.every((part) => matches(part, words))
    case 'or':
      return node.parts.some((part) => matches(part, words))
    case 'not':
      return !matches(node.part, words)
    case 'phrase':
      return ` ${words.join(' ')} `.includes(` ${node.text} `)
    case 'word':
      return node.prefix
        ? words.some((word) => word.startsWith(node.text.replace('*', '')))
        : words.includes(node.text)
  }
}

const word = fc.constantFrom(...WORDS)
const leaf = fc.oneof(
  word,
  word.map((begin) => `${begin}*`),
  fc.tuple(word, word).map((pair) => `"${pair.join(' ')}"`),
)
const { query } = fc.letrec<{ query: string; and: string; or: string; not: string }>((tie) => ({
  query: fc.oneof({ depthSize: 'small' }, leaf, tie('and'), tie('or'), tie('not')),
  and: fc.tuple(tie('query'), tie('query')).map(([one, other]) => `(${one}) (${other})`),
  or: fc.tuple(tie('query'), tie('query')).map(([one, other]) => `(${one}) OR (${other})`),
  not: tie('query').map((one) => `-(${one})`),
}))

describeRedis('Random queries', () => {
  let server: RedisServer
  let kit: Toolkit
  beforeAll(async () => {
    server = await startRedis()
    kit = toolkit(server.url)
  })
  afterAll(async () => {
    await kit.close()
    await server.stop()
  })

  it('find what a look at each document finds, also after it was changed', async () => {
    const index = kit.index('random', { language: 'none' })
    const texts = new Map<string, readonly string[]>()
    const textOf = fc.array(fc.oneof({ weight: 9, arbitrary: word }, fc.constant('c')), { maxLength: 6 })
    const steps = fc.array(fc.tuple(fc.nat(14), fc.option(textOf, { freq: 5 })), {
      minLength: 5,
      maxLength: 25,
    })
    await fc.assert(
      fc.asyncProperty(steps, fc.array(query, { minLength: 5, maxLength: 10 }), async (changes, queries) => {
        await index.clear()
        texts.clear()
        for (const [n, words] of changes) {
          const key = `k${n}`
          if (words === null) expect(await index.remove(key)).toBe(texts.delete(key))
          else {
            expect(await index.add(key, words.join(' '))).toBe(!texts.has(key))
            texts.set(key, words)
          }
        }
        expect(await index.count()).toBe(texts.size)
        for (const text of queries) {
          const node = parseQuery(text) as QueryNode
          const expected = [...texts.keys()].filter((key) => matches(node, texts.get(key) ?? []))
          const all = await index.search(text, { limit: 100 })
          expect(all.hits.map(({ key }) => key).sort(), text).toEqual(expected.sort())
          expect([all.total, all.complete], text).toEqual([expected.length, true])
          // With too few candidates nothing is found that does not match.
          const some = await index.search(text, { limit: 100, candidates: 4 })
          expect(expected, text).toEqual(expect.arrayContaining(some.hits.map(({ key }) => key)))
          if (some.complete) expect(some.total, text).toBe(expected.length)
        }
      }),
      { numRuns: 60 },
    )
  })
})
