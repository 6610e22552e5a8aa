import { DurationError, defineFragment, KeyPartError, LazyError, OptionError, TagError } from 'onetrip'
import { describe, expect, test } from 'vitest'
import { cacheOf, engineOf } from '../../helpers/templates.ts'

const template = 'card'

describe('defineFragment() refuses at once', () => {
  test.each<[string, () => unknown, typeof OptionError | typeof DurationError, string]>([
    ['no name', () => defineFragment('', { template }), OptionError, 'the name must be a string'],
    [
      'no options',
      () => defineFragment('a', undefined as never),
      OptionError,
      'the options of "a" are missing',
    ],
    ['no template', () => defineFragment('a', {} as never), OptionError, 'The template of the fragment "a"'],
    [
      'an unknown option',
      () => defineFragment('a', { template, lod: () => ({}) } as never),
      OptionError,
      'did you mean "load"?',
    ],
    [
      'an option of the cache',
      () => defineFragment('a', { template, staleWhileRevalidate: '1h' } as never),
      OptionError,
      'did you mean "stale"?',
    ],
    [
      'a load that is not a function',
      () => defineFragment('a', { template, load: {} as never }),
      OptionError,
      'The load of the fragment "a" must be a function',
    ],
    [
      'a wrong ttl',
      () => defineFragment('a', { template, ttl: '5 parsecs' as never }),
      DurationError,
      'The ttl of the fragment "a"',
    ],
    [
      'tags that are no strings',
      () => defineFragment('a', { template, tags: [1] as never }),
      OptionError,
      'The tags of the fragment "a"',
    ],
    [
      'a wrong vary',
      () => defineFragment('a', { template, vary: 'locale' as never }),
      OptionError,
      'The vary of',
    ],
    [
      'wrong params',
      () => defineFragment('a', { template, params: [1] as never }),
      OptionError,
      'The params of',
    ],
    [
      'a wrong version',
      () => defineFragment('a', { template, version: {} as never }),
      OptionError,
      'The version of',
    ],
  ])('%s', (_, define, kind, message) => {
    expect(define).toThrow(kind)
    expect(define).toThrow(message)
  })
})

describe('the option fragments refuses', () => {
  const card = defineFragment('card', { template })

  test.each<[string, unknown, string]>([
    ['two of one name', [card, defineFragment('card', { template })], 'has two fragments "card"'],
    ['what is not defined', [{ name: 'card' }], 'must be an array of what defineFragment() returned'],
    ['another value', 'card', "not 'card'"],
    [
      'an unknown member',
      { defined: [card] },
      'The option fragments has no "defined": did you mean "define"?',
    ],
  ])('%s', (_, fragments, message) => {
    expect(() => cacheOf('', { fragments: fragments as never })).toThrow(message)
  })

  test('one without a ttl, where the cache has none either', () => {
    expect(() => cacheOf('', { fragments: [card], ttl: undefined })).toThrow('The fragment "card" has no ttl')
  })
})

describe('a page says where it is wrong', () => {
  const load = ({ id }: { id: unknown }) => {
    if (id === 'throws') throw new Error('the database is down')
    return id as object
  }
  const card = defineFragment('card', { template, load: load as never, params: ['id'] })
  const render = (page: string, data: object = {}) =>
    cacheOf({ page, card: '{{ id }}' }, { fragments: [card] }).html(data)

  test.each<[string, string, object, typeof TagError | typeof KeyPartError, string]>([
    [
      'a name that is not defined',
      '{% fragment "kard", id=1 %}',
      {},
      TagError,
      'There is no fragment "kard" (page, line 1) (did you mean "card"?)',
    ],
    [
      'a parameter that it does not have',
      '{% fragment "card", di=1 %}',
      {},
      KeyPartError,
      'has no parameter "di" (page, line 1): it takes "id". Did you mean "id"?',
    ],
    [
      'a parameter that is missing',
      '\n{% fragment "card" %}',
      {},
      KeyPartError,
      'The parameter "id" of the fragment "card" is missing (page, line 2)',
    ],
    [
      'a parameter without a value',
      '{% fragment "card", id=film.id %}',
      { film: {} },
      KeyPartError,
      'The parameter "id" of the fragment "card" is undefined',
    ],
    ['null', '{% fragment "card", id=film %}', { film: null }, KeyPartError, 'is null'],
    ['a function', '{% fragment "card", id=film %}', { film: () => 1 }, KeyPartError, 'is a function'],
    [
      'an instance of a class',
      '{% fragment "card", id=film %}',
      { film: new Date(0) },
      KeyPartError,
      'is a Date: pass what JSON keeps',
    ],
    [
      'such a value inside',
      '{% fragment "card", id=film %}',
      { film: { a: [new Date(0)] } },
      KeyPartError,
      'has .a[0], which is a Date',
    ],
    ['not a number', '{% fragment "card", id=n %}', { n: Number.NaN }, KeyPartError, 'is NaN'],
    [
      'a part without a name',
      '{% fragment "card", 1 %}',
      {},
      TagError,
      'The parameters of {% fragment "card" %} are given by name',
    ],
    [
      'a name that is no literal',
      '{% fragment name %}',
      {},
      TagError,
      'begins with its name, a literal text',
    ],
    ['a parameter twice', '{% fragment "card", id=1, id=2 %}', {}, TagError, 'has the parameter "id" twice'],
    ['a missing comma', '{% fragment "card" id=1 %}', {}, TagError, 'are separated by commas'],
    [
      'a load that throws',
      '{% fragment "card", id="throws" %}',
      {},
      LazyError,
      'load() of the fragment "card" failed (page, line 1): the database is down',
    ],
    [
      'a load that returns no object',
      '{% fragment "card", id="text" %}',
      {},
      LazyError,
      'load() of the fragment "card" returned \'text\' (page, line 1): it must return an object',
    ],
  ])('%s', async (_, page, data, kind, message) => {
    await expect(render(page, data)).rejects.toThrow(kind)
    await expect(render(page, data)).rejects.toThrow(message)
  })
})

test('without a cache the tag is an error', () => {
  const engine = engineOf({ page: '{% fragment "card", id=1 %}' })
  expect(() => engine.environment.render('page')).toThrow(
    '{% fragment "card" %} needs a cache (page, line 1)',
  )
})

test('params are copied: neither load() nor the template changes what the page has', async () => {
  const card = defineFragment('card', {
    template,
    load: ({ list }: { list: readonly number[] }) => ({ frozen: Object.isFrozen(list) }),
  })
  const { html } = cacheOf(
    {
      page: '{% fragment "card", list=list %} {{ list.length }}',
      card: '{% set _ = list.push(4) %}{{ list.length }} {{ frozen }}',
    },
    { fragments: [card] },
  )
  const list = [1, 2, 3]
  expect(await html({ list })).toBe('4 true 3')
  expect(list).toEqual([1, 2, 3])
})

test('a parameter named __proto__ is one as any other', async () => {
  const card = defineFragment('card', {
    template,
    load: (params: object) => ({ given: JSON.stringify(params) }),
  })
  const { cache } = cacheOf({ card: '{{ given | safe }}' }, { ttl: '1m', fragments: [card] })
  for (const given of [
    '{"__proto__":"a","id":1}',
    '{"__proto__":"b","id":1}',
    '{"id":1}',
    '{"__proto__":{"id":1}}',
  ])
    expect((await cache.renderFragment(card, JSON.parse(given))).body.toString()).toBe(given)
})

test('parameters that differ by their type only are different fragments', async () => {
  const card = defineFragment('card', { template: 'card' })
  const { cache } = cacheOf({ card: '{{ id }}' }, { ttl: '1m', fragments: [card] })
  const ids = [1, '1', true, 'true', [1], ['1'], { a: 1 }, { a: '1' }, '[1]', '{"a":1}']
  const states = async () => {
    const pages = []
    for (const id of ids) pages.push((await cache.renderFragment(card, { id })).fragments[0]?.state)
    await cache.settled()
    return new Set(pages)
  }
  expect(await states()).toEqual(new Set(['miss']))
  expect(await states()).toEqual(new Set(['hit']))
})
