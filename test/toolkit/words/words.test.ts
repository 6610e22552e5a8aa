import { describe, expect, test } from 'vitest'
import { fold } from '../../../src/toolkit/words/fold.ts'
import { splitWords } from '../../../src/toolkit/words/split-words.ts'

describe('fold', () => {
  test.each([
    ['', ''],
    ['plain words 42', 'plain words 42'],
    ['Žydrūnas', 'zydrunas'],
    ['Łódź', 'lodz'],
    ['Smørrebrød', 'smorrebrod'],
    ['Straße STRASSE ẞ', 'strasse strasse ss'],
    ['Æsop Œuvre Þór Đorđe', 'aesop oeuvre thor dorde'],
    ['İstanbul ısı', 'istanbul isi'],
    ['ﬁlm ２０２６ Ⅳ ℡', 'film 2026 iv tel'],
    ['e\u0301te\u0301', 'ete'],
    ['ΣΟΦΌΣ', 'σοφοσ'],
    ['Ёлка', 'елка'],
    ['Май Йод', 'май йод'],
    ['שָׁלוֹם', 'שלום'],
    ['مُحَمَّد', 'محمد'],
    ['हिन्दी', 'हिन्दी'],
    ['ガ が', 'ガ が'],
    ['한국어', '한국어'],
    ['Donau\u00addampf', 'donaudampf'],
  ])('%j is %j', (text, folded) => {
    expect(fold(text)).toBe(folded.normalize('NFC'))
  })

  test('twice is as once', () => {
    const text = 'Žydrūnas Łódź ﬁlm ΣΟΦΌΣ Май हिन्दी が İ ½'
    expect(fold(fold(text))).toBe(fold(text))
  })
})

describe('splitWords', () => {
  const words = (text: string) => splitWords(text).map(({ folded }) => folded)

  test.each([
    ['', []],
    [' -- !? ', []],
    ['foo-bar, baz_qux', ['foo', 'bar', 'baz', 'qux']],
    ["L'été à Łódź.", ['l', 'ete', 'a', 'lodz']],
    ['½ m²', ['1', '2', 'm2']],
    ['Война и мир', ['война', 'и', 'мир']],
    ['constructor __proto__', ['constructor', 'proto']],
    ['a😀b', ['a', 'b']],
    ['\ud800x', ['x']],
  ])('%j has %j', (text, expected) => {
    expect(words(text)).toEqual(expected)
  })

  test('finds the words of scripts without spaces', () => {
    expect(words('東京都に住む').length).toBeGreaterThan(1)
    expect(words('สวัสดีชาวโลก').length).toBeGreaterThan(1)
  })

  test('tells where each word is in the text as it was given', () => {
    const text = '  ﬁlm: Žydrūnas, e\u0301te\u0301 東京 ½!'
    const found = splitWords(text).map(({ start, end }) => text.slice(start, end))
    expect(found).toEqual(['ﬁlm', 'Žydrūnas', 'e\u0301te\u0301', '東京', '½', '½'])
  })

  test('splits a megabyte of letters, with and without spaces between them', () => {
    expect(words('x'.repeat(1_000_000))).toHaveLength(1)
    expect(words('é '.repeat(300_000))).toHaveLength(300_000)
    expect(words('東京'.repeat(10_000)).join('')).toBe('東京'.repeat(10_000))
  })
})
