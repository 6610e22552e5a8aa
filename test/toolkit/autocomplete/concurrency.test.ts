import type { Autocomplete } from 'onetrip/toolkit'
import { expect, test } from 'vitest'
import { titleWords } from '../../../src/toolkit/autocomplete/title-words.ts'
import { describeRedis } from '../../helpers/redis-server.ts'
import { all } from '../every-kit.ts'
import { useKits } from '../kit-fixture.ts'

/** Numbers that look random, the same in each run. */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return (state >> 8) % below
  }
}

const SYLLABLES = ['re', 'da', 'mo', 'žy', 'та', 'li', 'x', 'in', 'so', 'ke']

/** Titles of few syllables, so that many words share their prefixes. */
function titleOf(next: (below: number) => number): string {
  const word = () => Array.from({ length: 1 + next(4) }, () => SYLLABLES[next(SYLLABLES.length)]).join('')
  return Array.from({ length: 1 + next(4) }, word).join(' ')
}

/** Prefixes of all words, each once. */
function prefixesOf(words: Iterable<string>): Set<string> {
  const prefixes = new Set<string>()
  for (const word of words) {
    const characters = [...word]
    for (let length = 1; length <= characters.length; length++)
      prefixes.add(characters.slice(0, length).join(''))
  }
  return prefixes
}

describeRedis('autocomplete under concurrency', () => {
  const { server, kit } = useKits()

  /** Checks every key of the index against the items that it has. */
  async function expectExact(index: Autocomplete): Promise<void> {
    const { admin } = server()
    const begin = 'autocomplete:{films}'
    const wordsByType = new Map<string, Map<string, Set<string>>>()
    for (const { id, title, type = '' } of await all(index)) {
      const words = wordsByType.get(type) ?? new Map<string, Set<string>>()
      wordsByType.set(type, words)
      for (const word of titleWords(title).split(' ').filter(Boolean)) {
        const ids = words.get(word) ?? new Set()
        words.set(word, ids.add(id))
      }
    }
    const expected = new Set([`${begin}:items`, `${begin}:types`])
    for (const [type, words] of wordsByType) {
      expected.add(`${begin}:v::${type}`)
      expect(new Set(await admin.zrange(`${begin}:v::${type}`, '0', '-1'))).toEqual(new Set(words.keys()))
      const scores = new Map<string, Map<string, number>>()
      for (const [word, ids] of words) {
        const key = `${begin}:w:${word}:${type}`
        expected.add(key)
        const found = await scoresOf(key)
        expect(new Set(found.keys()), word).toEqual(ids)
        // A title of one word is higher in the set of its word only.
        for (const [id, score] of found)
          if (Math.floor(score / 40 ** 7) % 2 === 1) found.set(id, score - 6_000 * 40 ** 7)
        scores.set(word, found)
      }
      for (const prefix of prefixesOf(words.keys())) {
        const key = `${begin}:p:${prefix}:${type}`
        const sharing = [...words.keys()].filter((word) => word.startsWith(prefix))
        const list = await scoresOf(key)
        // Between 16 and 32 words it depends on what was there before.
        if (list.size === 0) expect(sharing.length, prefix).toBeLessThanOrEqual(32)
        else expect(sharing.length, prefix).toBeGreaterThanOrEqual(16)
        if (list.size === 0) continue
        expected.add(key)
        const mark = list.get('') ?? -1
        const best = new Map<string, number>()
        for (const word of sharing)
          for (const [id, score] of scores.get(word) ?? [])
            if (score > mark && score > (best.get(id) ?? -1)) best.set(id, score)
        list.delete('')
        if (mark >= 0) expect(list.size, prefix).toBeGreaterThanOrEqual(63)
        // Of those whose score is that of the mark, some are in it.
        for (const [id, score] of list) if (score <= mark) list.delete(id)
        expect(list, prefix).toEqual(best)
      }
    }
    if (wordsByType.size === 0) expected.clear()
    expect(new Set(await admin.keys('*'))).toEqual(expected)
  }

  async function scoresOf(key: string): Promise<Map<string, number>> {
    const flat = await server().admin.zrange(key, '0', '-1', 'WITHSCORES')
    const scores = new Map<string, number>()
    for (let at = 0; at < flat.length; at += 2) scores.set(flat[at] as string, Number(flat[at + 1]))
    return scores
  }

  test('100 clients that add, update and remove leave an exact index, and then no keys', async () => {
    const clients = Array.from({ length: 100 }, () => kit().autocomplete('films'))
    const ids = Array.from({ length: 1_500 }, (_, n) => `i${n}`)
    const idOf = (next: (below: number) => number) => ids[next(ids.length)] as string
    await Promise.all(
      clients.map(async (index, n) => {
        const next = numbers(n + 1)
        for (let step = 0; step < 40; step++) {
          const id = idOf(next)
          const kind = next(10)
          if (kind < 6) {
            const type = next(4) === 0 ? 'rare' : undefined
            await index.add({ id, title: titleOf(next), score: next(100) / 100, type })
          } else if (kind < 8) await index.update(id, { title: titleOf(next), score: next(100) / 100 })
          else await index.remove(id)
        }
      }),
    )
    const [index] = clients as [Autocomplete]
    expect(await index.size()).toBeGreaterThan(500)
    await expectExact(index)

    // The best go first, so that lists are made again.
    const items = (await all(index)).sort((a, b) => b.score - a.score)
    const half = items.splice(0, items.length / 2)
    await Promise.all(half.map(({ id }, n) => clients[n % 100]?.remove(id)))
    await expectExact(index)
    await Promise.all(items.map(({ id }, n) => clients[n % 100]?.remove(id)))
    expect(await server().admin.keys('*')).toEqual([])
  })

  test('of clients that add the same id, one is the last, and only its words find it', async () => {
    const titles = Array.from({ length: 100 }, (_, n) => `title${String.fromCharCode(97 + (n % 26))}${n}`)
    const added = await Promise.all(
      titles.map((title) => kit().autocomplete('films').add({ id: 'same', title })),
    )
    expect(added.filter((isNew) => isNew)).toHaveLength(1)
    const index = kit().autocomplete('films')
    await expectExact(index)
    const found = await Promise.all(titles.map((title) => index.search(title, { fuzzy: false })))
    expect(found.flat()).toHaveLength(1)
  })

  test('a server that dies in the middle of addMany fails it, and adding again is right', async () => {
    const index = kit().autocomplete('films')
    async function* items() {
      const next = numbers(7)
      for (let n = 0; n < 1_000; n++) {
        if (n === 450) await server().kill()
        yield { id: String(n), title: titleOf(next) }
      }
    }
    const progress: number[] = []
    const failing = index.addMany(items(), { onProgress: (added) => progress.push(added) })
    await expect(failing).rejects.toMatchObject({ code: expect.stringMatching(/^ERR_ONETRIP_STORE/) })
    expect(progress).toEqual([100, 200, 300, 400])
    await server().restart()
    const next = numbers(7)
    const again = Array.from({ length: 1_000 }, (_, n) => ({ id: String(n), title: titleOf(next) }))
    expect(await index.addMany(again)).toBe(1_000)
    await expectExact(index)
  })

  test('after close every call is an error', async () => {
    const closed = kit()
    const index = closed.autocomplete('films')
    await index.add({ id: '1', title: 'a' })
    await closed.close()
    for (const call of [
      () => index.add({ id: '2', title: 'b' }),
      () => index.addMany([{ id: '2', title: 'b' }]),
      () => index.search('a'),
      () => index.flush(),
    ])
      await expect(call()).rejects.toMatchObject({ code: 'ERR_ONETRIP_CLOSED' })
  })
})
