import { type Facets, json, type TextIndex } from 'onetrip/toolkit'
import { expect, it } from 'vitest'
import { describeEveryKit, reason } from '../every-kit.ts'
import { keyCount } from '../key-count.ts'

const FAITH = [
  'A faith is a necessity to a man. Woe to him who believes in nothing.',
  'All who call on God in true faith, earnestly from the heart, will certainly be heard, and will receive what they have asked and desired.',
  'Be faithful in small things because it is in them that your strength lies.',
  'Faith consists in believing when it is beyond the power of reason to believe.',
  'Faith has to do with things that are not seen and hope with things that are not at hand.',
]

/** Returns the keys that a query finds, in order. */
async function found(index: TextIndex<never> | TextIndex, query: string): Promise<string> {
  const { hits } = await index.search(query, { limit: 100 })
  return hits.map(({ key }) => key).join(' ')
}

describeEveryKit('A full-text index', (at) => {
  it('ranks sentences by the words of a query', async () => {
    const index = at.kit().index('faith')
    for (const [n, text] of FAITH.entries()) await index.add(String(n), text)
    expect(await found(index, 'faith')).toBe('2 3 0 4 1')
    expect(await found(index, 'faith man')).toBe('0')
    expect(await found(index, 'things')).toBe('4 2')
    expect(await found(index, 'blah')).toBe('')
    expect(await index.count()).toBe(5)
  })

  it('returns data; updates keep them, replacements do not', async () => {
    type Cat = { type: string; color?: string }
    const index = at.kit().index('cats', { codec: json<Cat>() })
    await index.add('0', 'huey cat', { data: { type: 'cat', color: 'white' } })
    await index.add('1', 'zaizee cat cat', { data: { type: 'cat', color: 'gray' } })
    await index.add('2', 'mickey dog', { data: { type: 'dog', color: 'black' } })
    expect(await index.add('3', 'beanie cat', { data: { type: 'cat', color: 'gray' } })).toBe(true)
    const { hits, total, complete } = await index.search('huey')
    expect(hits).toEqual([{ key: '0', score: expect.any(Number), data: { type: 'cat', color: 'white' } }])
    expect([total, complete]).toEqual([1, true])
    expect(await found(index, 'cat')).toBe('1 0 3')

    expect(await index.remove('3')).toBe(true)
    expect(await index.remove('3')).toBe(false)
    expect(await index.has('3')).toBe(false)
    expect(await found(index, 'cat')).toBe('1 0')

    expect(await index.update('1', 'zaizee cat')).toBe(true)
    expect(await index.replace('0', 'huey baby cat', { data: { type: 'kitten' } })).toBe(true)
    expect(await index.get('1')).toEqual({
      key: '1',
      text: 'zaizee cat',
      data: { type: 'cat', color: 'gray' },
    })
    expect(await index.get('0')).toEqual({ key: '0', text: 'huey baby cat', data: { type: 'kitten' } })
    expect(await found(index, 'cat')).toBe('1 0')
    expect(await index.update('1', 'zaizee', { data: { type: 'kitten' } })).toBe(true)
    expect((await index.get('1'))?.data).toEqual({ type: 'kitten' })
    expect(await index.replace('1', 'zaizee')).toBe(true)
    expect((await index.get('1'))?.data).toBeUndefined()
  })

  it('updates and replaces only what is there', async () => {
    const index = at.kit().index('cats')
    expect(await index.update('1', 'huey')).toBe(false)
    expect(await index.replace('1', 'huey')).toBe(false)
    expect(await index.get('1')).toBeUndefined()
    expect(await index.count()).toBe(0)
    expect(await found(index, '')).toBe('')
  })

  it('forgets the old words of a document that is added again', async () => {
    const index = at.kit().index('films', { facets: ['genre'] })
    expect(await index.add('1', 'old words words', { data: 1, facets: { genre: 'war' } })).toBe(true)
    expect(await index.add('1', 'new words', {})).toBe(false)
    expect(await found(index, 'old')).toBe('')
    expect(await found(index, 'ol*')).toBe('')
    expect(await found(index, '"old words"')).toBe('')
    expect(await found(index, 'new words')).toBe('1')
    expect(await index.get('1')).toEqual({ key: '1', text: 'new words', data: undefined })
    expect((await index.search('', { facets: ['genre'] })).facets).toEqual({ genre: [] })
    expect(await index.count()).toBe(1)
  })

  it('finds words that sound alike, after those that are spelt alike', async () => {
    const index = at.kit().index('sounds', { metaphone: true })
    await index.add('pf', 'python and flask')
    await index.add('lcp', 'learning cython programming')
    await index.add('lwd', 'learning web development with flask')
    await index.add('pwd', 'python web development')
    expect(await found(index, 'flasck')).toBe('pf lwd')
    expect(await found(index, 'pythonn')).toBe('pf pwd')
    expect(await found(index, 'sithon')).toBe('lcp')
    expect(await found(index, 'webb development')).toBe('pwd lwd')
    expect(await found(index, 'sithon OR (flasck AND pythonn)')).toBe('lcp pf')
    expect(await found(index, 'garbage')).toBe('')
    await index.add('flasck', 'a flasck of them')
    expect(await found(index, 'flask')).toBe('pf lwd flasck')
    const plain = at.kit().index('plain')
    await plain.add('pf', 'python and flask')
    expect(await found(plain, 'flasck')).toBe('')
  })

  it('understands operators and parentheses', async () => {
    const index = at.kit().index('testing')
    const texts = ['foo green', 'bar green', 'baz blue', 'nug blue', 'nize yellow', 'huey greener']
    for (const text of [...texts, 'mickey greens', 'zaizee']) await index.add(text, text)
    const texts_ = async (query: string) => {
      const { hits } = await index.search(query)
      return hits.map(({ key }) => key).sort()
    }
    expect(await texts_('foo')).toEqual(['foo green'])
    expect(await texts_('foo OR baz')).toEqual(['baz blue', 'foo green'])
    expect(await texts_('foo | baz')).toEqual(['baz blue', 'foo green'])
    expect(await texts_('green OR blue')).toEqual([
      'bar green',
      'baz blue',
      'foo green',
      'mickey greens',
      'nug blue',
    ])
    expect(await texts_('green AND (bar OR mickey OR nize)')).toEqual(['bar green', 'mickey greens'])
    expect(await texts_('zaizee OR (blue AND nug) OR (green AND bar)')).toEqual([
      'bar green',
      'nug blue',
      'zaizee',
    ])
    expect(await texts_('(blue AND (baz OR (nug OR huey OR mickey))')).toEqual(['baz blue', 'nug blue'])
    expect(await texts_('(blue OR foo) AND (green OR (huey OR (baz AND mickey)))')).toEqual(['foo green'])
    expect(await texts_('(green AND nug) OR (blue AND bar)')).toEqual([])
    expect(await texts_('nuglet')).toEqual([])
    expect(await texts_('foobar')).toEqual([])
    expect(await texts_('greener')).toEqual(['huey greener'])
    expect(await texts_('greens')).toEqual(['bar green', 'foo green', 'mickey greens'])
    expect(await texts_('foo" green')).toEqual(['foo green'])
    expect(await texts_('foo"bar')).toEqual([])
    expect(await texts_('green -foo')).toEqual(['bar green', 'mickey greens'])
    expect(await texts_('green NOT (foo OR mickey)')).toEqual(['bar green'])
    expect(await texts_('-green -blue')).toEqual(['huey greener', 'nize yellow', 'zaizee'])
    expect(await texts_('zaizee OR -green -blue')).toEqual(['huey greener', 'nize yellow', 'zaizee'])
    expect(await texts_('green -green')).toEqual([])
    expect(await texts_('AND')).toEqual([])
    expect(await texts_('foo AND')).toEqual(['foo green'])
    expect(await texts_('!?')).toEqual([])
    expect((await texts_('')).length).toBe(8)
    expect((await texts_('  ')).length).toBe(8)
  })

  it('finds phrases by the places of their words', async () => {
    const index = at.kit().index('phrases')
    await index.add('1', 'The wars of the stars')
    await index.add('2', 'Star Wars: the star of wars')
    await index.add('3', 'To be, or not to be')
    await index.add('4', 'Be or not')
    await index.add('5', 'cat dog cat cat dog')
    expect(await found(index, 'star wars')).toBe('2 1')
    expect(await found(index, '"star wars"')).toBe('2')
    expect(await found(index, '"wars of the star"')).toBe('1')
    expect(await found(index, '"to be or not to be"')).toBe('3')
    expect(await found(index, '"or not"')).toBe('4 3')
    expect(await found(index, 'star -"star wars"')).toBe('1')
    expect(await found(index, '"cat cat dog"')).toBe('5')
    expect(await found(index, '"dog dog"')).toBe('')
    expect(await found(index, '"star"')).toBe('2 1')
    expect(await found(index, '"star nowhere"')).toBe('')
  })

  it('finds words by their beginnings', async () => {
    const index = at.kit().index('prefixes')
    await index.add('1', 'generalizations')
    await index.add('2', 'the general')
    await index.add('3', 'Žydrūnas')
    await index.add('4', 'happy programming')
    expect(await found(index, 'general*')).toBe('1 2')
    expect(await found(index, 'generaliz*')).toBe('1 2')
    expect(await found(index, 'happy*')).toBe('4')
    expect(await found(index, 'zy*')).toBe('3')
    expect(await found(index, 'ydr*')).toBe('')
    expect(await found(index, 'happy programm*')).toBe('4')
    await index.update('1', 'gene')
    expect(await found(index, 'generaliz*')).toBe('')
    expect(await found(index, 'gen* -general')).toBe('1')
  })

  it('lets a query leave out stop words, but finds them', async () => {
    const index = at.kit().index('films')
    await index.add('1', 'Rashomon by Kurosawa')
    await index.add('2', 'The Who: live at Leeds')
    expect(await found(index, 'the films of Kurosawa -kagemusha')).toBe('')
    expect(await found(index, 'the Rashomon of Kurosawa')).toBe('1')
    expect(await found(index, 'the who')).toBe('2')
    expect(await found(index, 'the')).toBe('2')
    expect(await found(index, 'the -leeds')).toBe('')
    const strict = at.kit().index('films', { stopWords: false })
    expect(await found(strict, 'the Rashomon of Kurosawa')).toBe('')
  })

  it('finds Russian text, and words without their accents', async () => {
    const russian = at.kit().index('книги', { language: 'ru' })
    await russian.add('мир', 'Война и мир: книга о войне')
    await russian.add('ёлка', 'Ёлки и шишки')
    expect(await found(russian, 'войной')).toBe('мир')
    expect(await found(russian, 'елка')).toBe('ёлка')
    expect(await found(russian, '"и мир"')).toBe('мир')
    const plain = at.kit().index('russian', { language: 'none' })
    await plain.add('мир', 'Война и мир')
    expect(await found(plain, 'ВОЙНА')).toBe('мир')
    expect(await found(plain, 'войной')).toBe('')
    const french = at.kit().index('french', { language: 'fr' })
    await french.add('1', 'Les élèves de Łódź')
    expect(await found(french, 'eleve lodz')).toBe('1')
  })

  it('filters and counts by facets', async () => {
    const index = at.kit().index('films', { facets: ['genre', 'year'] })
    const add = (key: string, genre: string | string[], year: string) =>
      index.add(key, `film ${key}`, { facets: { genre, year } })
    await add('a', ['drama', 'war'], '1980')
    await add('b', 'drama', '1980')
    await add('c', 'sci-fi, "50s" = 100%\n', '1990')
    await index.add('d', 'film d')
    const all = await index.search('film', { facets: ['genre', 'year'] })
    expect(all.facets).toEqual({
      genre: [
        { value: 'drama', count: 2 },
        { value: 'sci-fi, "50s" = 100%\n', count: 1 },
        { value: 'war', count: 1 },
      ],
      year: [
        { value: '1980', count: 2 },
        { value: '1990', count: 1 },
      ],
    })
    const keys = async (where: Facets, query = 'film') =>
      (await index.search(query, { where })).hits.map(({ key }) => key).join(' ')
    expect(await keys({ genre: 'drama' })).toBe('a b')
    expect(await keys({ genre: 'drama' }, '')).toBe('a b')
    expect(await keys({ genre: ['war', 'sci-fi, "50s" = 100%\n'] })).toBe('a c')
    expect(await keys({ genre: 'drama', year: '1990' })).toBe('')
    expect(await keys({ genre: 'drama' }, '-b')).toBe('a')
    expect(await keys({ genre: 'none' })).toBe('')
    expect(await keys({ genre: [] })).toBe('')

    await index.update('a', 'film a changed')
    expect(await keys({ genre: 'war' })).toBe('a')
    await index.update('a', 'film a', { facets: { genre: 'comedy' } })
    expect(await keys({ genre: 'war' })).toBe('')
    expect(await keys({ year: '1980' })).toBe('b')
    expect(
      (await index.search('film', { facets: ['genre'], limit: 0 })).facets.genre?.map((x) => x.value),
    ).toEqual(['comedy', 'drama', 'sci-fi, "50s" = 100%\n'])
    await index.replace('b', 'film b')
    expect(await keys({ genre: 'drama' })).toBe('')
  })

  it('gives pages, without a document on two of them', async () => {
    const index = at.kit().index('pages')
    await index.addMany(
      Array.from({ length: 95 }, (_, n) => ({ key: `k${n}`, text: `page ${'x '.repeat(n % 7)}` })),
    )
    const keys: string[] = []
    for (let offset = 0; offset < 100; offset += 20) {
      const { hits, total } = await index.search('page', { limit: 20, offset })
      expect(total).toBe(95)
      keys.push(...hits.map(({ key }) => key))
    }
    expect(new Set(keys).size).toBe(95)
    expect(keys).toHaveLength(95)
    expect(keys).toEqual((await index.search('page', { limit: 100 })).hits.map(({ key }) => key))
    expect((await index.search('page', { offset: 1_000 })).hits).toEqual([])
    expect((await index.search('page', { limit: 0 })).total).toBe(95)
  })

  it('adds many documents, with progress', async () => {
    const index = at.kit().index('many')
    const progress: number[] = []
    async function* documents() {
      for (let n = 0; n < 250; n++) yield { key: String(n), text: `number ${n}`, data: n }
    }
    expect(await index.addMany(documents(), { chunk: 100, onProgress: (n) => progress.push(n) })).toBe(250)
    expect(progress).toEqual([100, 200, 250])
    expect(await index.count()).toBe(250)
    expect((await index.search('249')).hits[0]).toMatchObject({ key: '249', data: 249 })
    expect(await index.addMany([])).toBe(0)
    expect(await index.clear()).toBe(250)
    expect(await keyCount(at)).toBe(0)
  })

  it('keeps, updates and removes documents without words', async () => {
    const index = at.kit().index('films')
    await index.add('1', '')
    await index.add('2', '!?')
    await index.add('3', 'star')
    expect(await found(index, '')).toBe('1 2 3')
    expect(await index.remove('1')).toBe(true)
    expect(await index.update('3', '')).toBe(true)
    expect(await found(index, '-star')).toBe('2 3')
    expect(await index.update('2', 'star')).toBe(true)
    expect(await found(index, 'star')).toBe('2')
    expect(await index.clear()).toBe(2)
    expect(await keyCount(at)).toBe(0)
  })

  it('makes no keys by a search', async () => {
    const index = at.kit().index('films', { metaphone: true })
    await index.add('1', 'star wars')
    const before = await keyCount(at)
    expect(before).toBeGreaterThan(5)
    for (const query of ['star', 'star OR wars', 'sta* -war', '"star wars"', '', 'none'])
      await index.search(query)
    expect(await keyCount(at)).toBe(before)
  })

  it('leaves no keys when everything is removed', async () => {
    const index = at.kit({ prefix: 'shop:' }).index('films', { facets: ['genre'], metaphone: true })
    for (const [n, text] of FAITH.entries()) {
      await index.add(`k${n}`, text, { data: n, facets: { genre: ['a', String(n)] } })
      await index.update(`k${n}`, FAITH[(n + 1) % 5] as string)
    }
    await index.add('empty', '')
    expect(await found(index, '')).toBe('k0 k1 k2 k3 k4 empty')
    for (const n of FAITH.keys()) expect(await index.remove(`k${n}`)).toBe(true)
    expect(await index.count()).toBe(1)
    expect(await index.remove('empty')).toBe(true)
    expect(await keyCount(at)).toBe(0)
    expect(await index.clear()).toBe(0)
  })

  it('refuses keys, texts and options that are wrong', async () => {
    const kit = at.kit()
    expect(() => kit.index('')).toThrow('not empty')
    expect(() => kit.index('a{b}')).toThrow('braces')
    expect(() => kit.index('a', { stemer: true } as never)).toThrow('index has no option "stemer"')
    expect(() => kit.index('a', { facets: 'genre' } as never)).toThrow('array of names')
    expect(() => kit.index('a', { codec: {} } as never)).toThrow('encode and decode')
    const index = kit.index('a', { facets: ['genre'] })
    await expect(index.add('', 'x')).rejects.toThrow(
      'The key of a document must be a string that is not empty',
    )
    await expect(index.add('k', 7 as never)).rejects.toThrow('The text of a document must be a string')
    await expect(index.add('k', 'x', { facets: { gnre: 'x' } })).rejects.toThrow(
      "no facet 'gnre'; it has genre",
    )
    await expect(index.add('k', 'x', { facets: { genre: 7 as never } })).rejects.toThrow('must be a string')
    await expect(index.add('k', 'x', { metadata: 1 } as never)).rejects.toThrow('data')
    await expect(index.search(undefined as never)).rejects.toThrow('A query must be a string')
    await expect(index.search('x', { limit: -1 })).rejects.toThrow('from 0 to 1000')
    await expect(index.search('x', { candidates: 1e9 })).rejects.toThrow('from 1 to 100000')
    await expect(index.search('x', { facets: ['no'] })).rejects.toThrow("no facet 'no'")
    await expect(index.addMany([], { chunk: 0 })).rejects.toThrow('from 1 to 10000')
    expect(await index.count()).toBe(0)
  })

  it('says that a key holds something else', async () => {
    await at.redis.call('SET', ['index:{films}:docs', 'x'])
    const index = at.kit().index('films')
    await expect(index.count()).rejects.toEqual(reason('wrong-type'))
    await expect(index.count()).rejects.toThrow("The index 'index:{films}': the key holds something else")
  })
})
