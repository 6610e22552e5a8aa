import { type Autocomplete, type AutocompleteSearchOptions, text } from 'onetrip/toolkit'
import { describe, expect, test } from 'vitest'
import { all, describeEveryKit, reason } from '../every-kit.ts'

/** Returns the ids of what is found, in order. */
async function ids(index: Autocomplete, phrase: string, options?: AutocompleteSearchOptions) {
  return (await index.search(phrase, options)).map(({ id }) => id)
}

/** Adds titles with the ids 1, 2, ... in order. */
async function addTitles(index: Autocomplete, titles: readonly string[]) {
  await index.addMany(titles.map((title, n) => ({ id: String(n + 1), title })))
}

describeEveryKit('autocomplete', (at) => {
  const open = () => at.kit().autocomplete('films')
  /** Counts the keys of the server that has those of the index. */
  const keyCount = async () =>
    Number(await at.redis.call('EVAL', ["return redis.call('DBSIZE')", '1', 'autocomplete:{films}']))

  describe('search', () => {
    test('finds titles by beginnings of their words, and the whole word first', async () => {
      const index = open()
      await addTitles(index, [
        'testing python',
        'testing python code',
        'web testing python code',
        'unit tests',
      ])
      expect(await ids(index, 'testing python')).toEqual(['1', '2', '3'])
      expect(await ids(index, 'test')).toEqual(['1', '2', '4', '3'])
      expect(await ids(index, 'uni')).toEqual(['4'])
      expect(await ids(index, 'test', { limit: 1 })).toEqual(['1'])
      expect(await ids(index, 'test', { limit: 2 })).toEqual(['1', '2'])
      for (const nothing of ['', '  ', '-!?', 'code with', 'zzzz'])
        expect(await ids(index, nothing)).toEqual([])
    })

    test('gives matches nearer the front first', async () => {
      const index = open()
      await addTitles(index, ['aa bb cc', 'tt cc', 'aa b cc', 'cc aa'])
      expect(await ids(index, 'cc')).toEqual(['4', '2', '3', '1'])
    })

    test('gives words in the order of the phrase first', async () => {
      const index = open()
      await addTitles(index, ['bar foo one', 'foo one', 'one foo', 'one two foo'])
      expect(await ids(index, 'foo one')).toEqual(['2', '3', '4', '1'])
      expect(await ids(index, 'one foo')).toEqual(['3', '4', '2', '1'])
    })

    test('gives 51 similar titles in the order of letters, and the first 30 of them', async () => {
      const index = open()
      const titles = Array.from(
        { length: 51 },
        (_, n) => `sim ${String.fromCharCode(97 + ((n * 7) % 26))}${n % 2}`,
      )
      await addTitles(index, titles)
      const found = await index.search('sim', { limit: 51 })
      expect(found.map(({ title }) => title)).toEqual(titles.sort())
      const some = await index.search('sim', { limit: 30 })
      expect(some.map(({ title }) => title)).toEqual(titles.slice(0, 30))
    })

    test('finds several words that are partly written, in any order', async () => {
      const index = open()
      await addTitles(index, ['United States Steel', 'Microsoft Corporation', 'Dean Foods Company'])
      expect(await ids(index, 'uni sta')).toEqual(['1'])
      expect(await ids(index, 'ste uni')).toEqual(['1'])
      expect(await ids(index, 'micro')).toEqual(['2'])
      expect(await ids(index, 'food')).toEqual(['3'])
      expect(await ids(index, 'uni food')).toEqual([])
    })

    test('finds stop words, first, last and alone', async () => {
      const index = open()
      await addTitles(index, ['The Thing', 'A Thing of Beauty', 'Another thing'])
      expect(await ids(index, 'the')).toEqual(['1'])
      expect(await ids(index, 'th')).toEqual(['1', '2', '3'])
      expect(await ids(index, 'thing of')).toEqual(['2'])
      expect(await ids(index, 'a')).toEqual(['2', '3'])
      expect(await ids(index, 'the thing')).toEqual(['1'])
    })

    test('takes foo-bar as two words, in the title and in the phrase', async () => {
      const index = open()
      await addTitles(index, ['foo-bar', 'bar'])
      expect(await ids(index, 'bar')).toEqual(['2', '1'])
      expect(await ids(index, 'foo bar')).toEqual(['1'])
      expect(await ids(index, 'bar-foo')).toEqual(['1'])
    })

    test('finds names with and without their accents, and other scripts', async () => {
      const index = open()
      await addTitles(index, [
        'Žydrūnas Savickas',
        'Łódź',
        'Война и мир',
        'Σοφός',
        '東京物語',
        'हिन्दी मीडियम',
      ])
      for (const phrase of ['Žydrūnas', 'zydrunas', 'ŽYD', 'savickas Žy'])
        expect(await ids(index, phrase)).toEqual(['1'])
      expect(await ids(index, 'ydr', { fuzzy: false })).toEqual([])
      expect(await ids(index, 'lodz')).toEqual(['2'])
      expect(await ids(index, 'вой')).toEqual(['3'])
      expect(await ids(index, 'ΣΟΦΟΣ')).toEqual(['4'])
      expect(await ids(index, '東京')).toEqual(['5'])
      expect(await ids(index, 'हिन')).toEqual(['6'])
    })

    test('is never stale: what was added, changed or removed is seen at once', async () => {
      const index = open()
      await addTitles(index, ['red car'])
      expect(await ids(index, 're car')).toEqual(['1'])
      await index.add({ id: '2', title: 'red cart' })
      expect(await ids(index, 're car')).toEqual(['1', '2'])
      await index.update('1', { title: 'blue car' })
      expect(await ids(index, 're car')).toEqual(['2'])
      await index.remove('2')
      expect(await ids(index, 're car')).toEqual([])
    })

    test('orders by the score among what matches alike', async () => {
      const index = open()
      await index.addMany([
        { id: 'a', title: 'star one' },
        { id: 'b', title: 'star two', score: 0.9 },
        { id: 'c', title: 'star three', score: 0.5 },
      ])
      expect(await ids(index, 'star')).toEqual(['b', 'c', 'a'])
      await index.update('a', { score: 1 })
      expect(await ids(index, 'star')).toEqual(['a', 'b', 'c'])
    })

    test('gives the best of thousands of titles, also after the best are gone', async () => {
      const index = open()
      const titles = Array.from({ length: 1_500 }, (_, n) => `re${n.toString(36)} item`)
      await index.addMany(
        titles.map((title, n) => ({ id: String(n), title, score: ((n * 733) % 1_500) / 1_500 })),
      )
      const best = titles.map((_, n) => n).sort((a, b) => ((b * 733) % 1_500) - ((a * 733) % 1_500))
      for (const phrase of ['r', 're'])
        expect(await ids(index, phrase, { limit: 20 })).toEqual(best.slice(0, 20).map(String))
      await Promise.all(best.slice(0, 300).map((n) => index.remove(String(n))))
      for (const phrase of ['r', 're'])
        expect(await ids(index, phrase, { limit: 20 })).toEqual(best.slice(300, 320).map(String))
      await index.flush()
      expect(await keyCount()).toBe(0)
    })

    test('keeps the order of 25 titles up to a limit of 21', async () => {
      const index = open()
      const titles = Array.from({ length: 25 }, (_, n) => `tt ${String(n).padStart(2, '0')}`)
      await addTitles(index, titles)
      expect((await index.search('tt', { limit: 21 })).map(({ title }) => title)).toEqual(titles.slice(0, 21))
    })

    test('can be aborted', async () => {
      const index = open()
      await expect(index.search('a', { signal: AbortSignal.abort(new Error('typed on')) })).rejects.toThrow(
        'typed on',
      )
    })
  })

  describe('types and boosts', () => {
    const fill = async () => {
      const index = open()
      await index.addMany([
        { id: '1', title: 'redis guide', type: 'page' },
        { id: '2', title: 'redis news', type: 'blog' },
        { id: '3', title: 'redis zeta', type: 'blog' },
        { id: '4', title: 'redis plain' },
      ])
      return index
    }

    test('finds the items of some types only', async () => {
      const index = await fill()
      expect(await ids(index, 'redis')).toEqual(['1', '2', '4', '3'])
      expect(await ids(index, 'red', { types: ['blog'] })).toEqual(['2', '3'])
      expect(await ids(index, 'red', { types: ['blog', 'page'] })).toEqual(['1', '2', '3'])
      expect(await ids(index, 'red', { types: ['none'] })).toEqual([])
      await index.update('1', { type: 'blog' })
      expect(await ids(index, 'red', { types: ['page'] })).toEqual([])
      expect(await ids(index, 'red', { types: ['blog'] })).toEqual(['1', '2', '3'])
    })

    test('boosts types and items in one search, and lets them sink', async () => {
      const index = await fill()
      expect(await ids(index, 'red', { boosts: { blog: 2 } })).toEqual(['2', '3', '1', '4'])
      expect(await ids(index, 'red', { boosts: { blog: 2, 3: 2, 2: 0.1 } })).toEqual(['3', '1', '4', '2'])
    })

    test('stores boosts of a type, then of an item, and a search replaces them', async () => {
      const index = await fill()
      await index.boost('blog', 2)
      expect(await ids(index, 'red')).toEqual(['2', '3', '1', '4'])
      await index.boost('4', 5)
      expect(await ids(index, 'red')).toEqual(['4', '2', '3', '1'])
      expect(await ids(index, 'red', { boosts: { 4: 0.1 } })).toEqual(['2', '3', '1', '4'])
      await index.boost('blog', 1)
      await index.boost('4', 1)
      expect(await ids(index, 'red')).toEqual(['1', '2', '4', '3'])
    })

    test('finds a boosted item and a rare type behind thousands of better ones', async () => {
      const index = open()
      await index.addMany(
        Array.from({ length: 400 }, (_, n) => ({ id: `p${n}`, title: `same ${n}`, type: 'page', score: 1 })),
      )
      await index.addMany(['x', 'y'].map((id) => ({ id, title: `some same ${id}`, type: 'rare' })))
      for (const phrase of ['s', 'same']) {
        expect(await ids(index, phrase, { types: ['rare'] })).toEqual(['x', 'y'])
        expect((await ids(index, phrase, { boosts: { rare: 9 } })).slice(0, 2)).toEqual(['x', 'y'])
        expect((await ids(index, phrase, { boosts: { p123: 9 } }))[0]).toBe('p123')
      }
      await index.boost('p321', 9)
      for (const phrase of ['s', 'same']) expect((await ids(index, phrase))[0]).toBe('p321')
    })

    test('an index has up to 32 types', async () => {
      const index = open()
      for (let n = 0; n < 32; n++) await index.add({ id: String(n), title: 'a', type: `t${n}` })
      await expect(index.add({ id: 'x', title: 'a', type: 'one more' })).rejects.toEqual(reason('full'))
      await expect(index.update('1', { type: 'one more' })).rejects.toEqual(reason('full'))
      await index.remove('7')
      expect(await index.add({ id: 'x', title: 'a', type: 'one more' })).toBe(true)
      expect((await ids(index, 'a', { limit: 100 })).length).toBe(32)
    })
  })

  describe('typing mistakes', () => {
    test('are found where nothing else is: swapped, missing, added and wrong letters', async () => {
      const index = open()
      await addTitles(index, ['Gladiator', 'The Shawshank Redemption', 'Žydrūnas', 'Война и мир'])
      for (const phrase of ['gladaitor', 'gldiator', 'gladdiator', 'glaviator', 'gladiatot', 'glda'])
        expect([phrase, await ids(index, phrase)]).toEqual([phrase, ['1']])
      expect(await ids(index, 'shawsahnk redemtpion')).toEqual(['2'])
      expect(await ids(index, 'zydurnas')).toEqual(['3'])
      expect(await ids(index, 'вонйа')).toEqual(['4'])
      expect(await ids(index, 'gla dia')).toEqual([])
      expect(await ids(index, 'gladaitor', { fuzzy: false })).toEqual([])
    })

    test('come after what matches as it is written', async () => {
      const index = open()
      await addTitles(index, ['marry christmas', 'mary', 'merry'])
      expect(await ids(index, 'merry')).toEqual(['3'])
      expect(await ids(index, 'merry', { fuzzy: 3 })).toEqual(['3', '1'])
    })
  })

  describe('highlights', () => {
    const marked = async (index: Autocomplete, phrase: string) =>
      (await index.search(phrase, { highlight: true })).map(({ title, highlights }) =>
        highlights.map(([start, end]) => title.slice(start, end)),
      )

    test('are the parts of the title as it was written', async () => {
      const index = open()
      await addTitles(index, ['  Žydrūnas «Savickas», 😀 Žy!', 'e\u0301te\u0301 ﬁlm Straße'])
      expect(await marked(index, 'zyd')).toEqual([['Žyd']])
      expect(await marked(index, 'ŽY sav')).toEqual([['Žy', 'Sav', 'Žy']])
      expect(await marked(index, 'ete')).toEqual([['e\u0301te\u0301']])
      expect(await marked(index, 'et')).toEqual([['e\u0301t']])
      expect(await marked(index, 'fil stras')).toEqual([['ﬁl', 'Straß']])
      expect((await index.search('zyd'))[0]?.highlights).toEqual([])
    })

    test('are those of the word that was meant', async () => {
      const index = open()
      await addTitles(index, ['Gladiator II'])
      expect(await marked(index, 'gladaitor')).toEqual([['Gladiator']])
    })
  })

  describe('items', () => {
    test('come back whole', async () => {
      const index = open()
      const item = {
        id: 'a b',
        title: 'The “Matrix”\n\0!',
        type: 'film',
        score: 0.123456,
        data: { year: 1999, url: null },
      }
      expect(await index.add(item)).toBe(true)
      expect(await index.add({ id: 'plain', title: 'matrix' })).toBe(true)
      expect(await index.get('a b')).toEqual(item)
      expect(await index.get('plain')).toEqual({
        id: 'plain',
        title: 'matrix',
        type: undefined,
        score: 0,
        data: undefined,
      })
      expect(await index.get('none')).toBeUndefined()
      expect(await index.search('matr', { types: ['film'] })).toEqual([{ ...item, highlights: [] }])
      expect([await index.has('a b'), await index.has('none'), await index.size()]).toEqual([true, false, 2])
      expect((await all(index)).map(({ id }) => id).sort()).toEqual(['a b', 'plain'])
    })

    test('added again replace the old one: its old words and data are gone', async () => {
      const index = open()
      await index.add({ id: '1', title: 'old words', type: 'x', data: 1 })
      expect(await index.add({ id: '1', title: 'new words' })).toBe(false)
      expect(await ids(index, 'old', { fuzzy: false })).toEqual([])
      expect(await index.search('words')).toMatchObject([
        { title: 'new words', type: undefined, data: undefined },
      ])
      expect(await index.size()).toBe(1)
    })

    test('are changed in parts', async () => {
      const index = open()
      await index.add({ id: '1', title: 'old', type: 'x', score: 0.5, data: null })
      expect(await index.update('1', {})).toBe(true)
      expect(await index.get('1')).toEqual({ id: '1', title: 'old', type: 'x', score: 0.5, data: null })
      await index.update('1', { title: 'New!' })
      await index.update('1', { data: { a: 1 } })
      expect(await index.search('new')).toMatchObject([
        { title: 'New!', type: 'x', score: 0.5, data: { a: 1 } },
      ])
      expect(await ids(index, 'old')).toEqual([])
      expect(await index.update('2', { title: 'x' })).toBe(false)
      expect(await index.has('2')).toBe(false)
    })

    test('leave no keys once all are removed, nor does a flush', async () => {
      const index = open()
      const titles = Array.from({ length: 200 }, (_, n) => `abc${n} abd${n % 7} word word`)
      await addTitles(index, titles)
      expect(await keyCount()).toBeGreaterThan(200)
      await index.boost('5', 3)
      expect(await index.remove('1')).toBe(true)
      expect(await index.remove('1')).toBe(false)
      for (let n = 2; n <= 200; n++) await index.remove(String(n))
      expect(await keyCount()).toBe(0)
      await addTitles(index, titles)
      await index.boost('sometype', 3)
      await index.flush()
      await index.flush()
      expect(await keyCount()).toBe(0)
      expect(await ids(index, 'abc')).toEqual([])
    })

    test('are added with their progress, from an async iterable, and can be aborted', async () => {
      const index = open()
      const made: number[] = []
      async function* items() {
        for (let n = 0; n < 250; n++) {
          made.push(n)
          yield { id: String(n), title: `item ${n}` }
        }
      }
      const progress: number[] = []
      expect(await index.addMany(items(), { onProgress: (added) => progress.push(added) })).toBe(250)
      expect(progress).toEqual([100, 200, 250])
      expect(await index.size()).toBe(250)
      await index.flush()
      made.length = 0
      const controller = new AbortController()
      const onProgress = () => controller.abort(new Error('enough'))
      await expect(index.addMany(items(), { signal: controller.signal, onProgress })).rejects.toThrow(
        'enough',
      )
      expect(await index.size()).toBe(100)
      expect(made.length).toBeLessThanOrEqual(200)
      expect(await index.addMany([])).toBe(0)
    })

    test('with a codec keep other data', async () => {
      const index = at.kit().autocomplete('films', { codec: text })
      await index.add({ id: '1', title: 'a', data: '' })
      await index.add({ id: '2', title: 'b', data: 'line\nline' })
      expect([(await index.get('1'))?.data, (await index.get('2'))?.data]).toEqual(['', 'line\nline'])
      const other = at.kit().autocomplete('films')
      await expect(other.search('b')).rejects.toEqual(reason('undecodable'))
    })

    test('may have no words, or far too many', async () => {
      const index = open()
      const long = `first ${'x'.repeat(100_000)}`
      const many = Array.from({ length: 10_000 }, (_, n) => `word${n}`).join(' ')
      await addTitles(index, ['', '!?', long, many, 'é'.repeat(100_000)])
      expect((await all(index)).map(({ title }) => title.length).sort((a, b) => a - b)).toEqual(
        [0, 2, many.length, 100_000, long.length].sort((a, b) => a - b),
      )
      expect((await index.search('first', { highlight: true }))[0]).toMatchObject({
        title: long,
        highlights: [[0, 5]],
      })
      expect(await ids(index, 'x'.repeat(1_000))).toEqual(['3'])
      expect(await ids(index, 'word49')).toEqual(['4'])
      // The first 50 words are indexed.
      expect(await ids(index, 'word9999', { fuzzy: false })).toEqual([])
      expect(await ids(index, 'ee')).toEqual(['5'])
      for (let id = 1; id <= 5; id++) await index.remove(String(id))
      expect(await keyCount()).toBe(0)
    })
  })
})
