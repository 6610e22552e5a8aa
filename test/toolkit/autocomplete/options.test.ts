import { toolkit } from 'onetrip/toolkit'
import { afterAll, expect, test } from 'vitest'

// Nothing is sent: a wrong call is refused before.
const kit = toolkit({ host: '127.0.0.1', port: 1, lazyConnect: true })
const films = kit.autocomplete('films')
afterAll(() => kit.close())

test.each([
  [() => kit.autocomplete(''), 'must be a string that is not empty'],
  [() => kit.autocomplete('a{b}'), 'must not contain braces'],
  [() => kit.autocomplete('a', 5 as never), 'takes an object of options; got 5'],
  [() => kit.autocomplete('a', { codecs: 1 } as never), 'did you mean "codec"?'],
  [() => kit.autocomplete('a', { codec: {} as never }), 'codec must be an object with encode and decode'],
])('kit.autocomplete refuses %s', (call, message) => {
  expect(call).toThrow(message)
})

test.each([
  [() => films.add('title' as never), "takes an item { id, title }; got 'title'"],
  [() => films.add({ id: '', title: 'a' }), 'the id must be a string of 1 to 512 bytes'],
  [() => films.add({ id: 5, title: 'a' } as never), 'the id must be a string of 1 to 512 bytes'],
  [() => films.add({ id: 'a\nb', title: 'a' }), 'in one line'],
  [() => films.add({ id: 'é'.repeat(300), title: 'a' }), 'of 1 to 512 bytes'],
  [() => films.add({ id: '1' } as never), 'the title must be a string; got undefined'],
  [
    () => films.add({ id: '1', title: 'a', score: 2 }),
    'The option score must be a number from 0 to 1, not 2.',
  ],
  [() => films.add({ id: '1', title: 'a', score: Number.NaN }), 'from 0 to 1'],
  [() => films.add({ id: '1', title: 'a', type: '' }), 'the type must be a string'],
  [() => films.add({ id: '1', title: 'a', weight: 1 } as never), 'has no option "weight"'],
  [() => films.add({ id: '1', title: 'a', data: () => 1 }), 'must be one that JSON keeps'],
  [() => films.update('1', { id: '2' } as never), 'has no option "id"'],
  [() => films.update('1', 5 as never), 'takes an object of changes; got 5'],
  [() => films.remove(5 as never), 'the id must be a string'],
  [() => films.search(5 as never), 'the phrase must be a string; got 5'],
  [() => films.search('a', { limit: 0 }), 'a whole number from 1 to 100, not 0'],
  [() => films.search('a', { limit: 101 }), 'a whole number from 1 to 100, not 101'],
  [() => films.search('a', { types: [] }), 'an array of at least one type'],
  [() => films.search('a', { types: 'film' as never }), 'an array of at least one type'],
  [() => films.search('a', { boosts: { film: 0 } }), 'a number above 0, up to 1000'],
  [() => films.search('a', { boosts: [] as never }), 'an object of factors'],
  [() => films.search('a', { fuzzy: -1 }), 'true, false or a whole number'],
  [() => films.search('a', { highlight: 1 as never }), 'must be true or false'],
  [() => films.search('a', { type: 'film' } as never), 'did you mean "types"?'],
  [() => films.boost('1', -1), 'a number above 0, up to 1000'],
  [() => films.boost('1', 1_001), 'The option boost'],
  [() => films.addMany(5 as never), 'iterable'],
  [() => films.addMany([{ id: '1' }] as never), 'the title must be a string'],
  [() => films.addMany([], { progress: 1 } as never), 'did you mean "onProgress"?'],
])('a call is refused by a rejection: %s', async (call, message) => {
  await expect(call()).rejects.toThrow(message)
})
