import { describe, expect, test } from 'vitest'
import { termsOf } from '../../../src/toolkit/text/terms.ts'
import { type TextOptions, textAnalysis } from '../../../src/toolkit/text/text-analysis.ts'

const terms = (text: string, options?: TextOptions) => termsOf(text, textAnalysis('the test', options))
const names = (text: string, options?: TextOptions) => terms(text, options).map(({ term }) => term)

describe('termsOf', () => {
  test('counts the words of a stem, with their places in the text', () => {
    expect(terms('Things, a thing and THINGS')).toEqual([
      { term: 'thing', frequency: 3, positions: [0, 2, 4], words: ['things', 'thing'] },
      { term: 'a', frequency: 1, positions: [1], words: ['a'] },
      { term: 'and', frequency: 1, positions: [3], words: ['and'] },
    ])
  })

  test.each<[string, TextOptions, string[]]>([
    ['', {}, []],
    ['Faithful believing necessity', {}, ['faith', 'believ', 'necess']],
    ['greener greens green', {}, ['greener', 'green']],
    ['greens', { language: 'none' }, ['greens']],
    ['Книги книгой ёлки', { language: 'ru' }, ['книг', 'елк']],
    ['красивый красивая', { language: 'ru' }, ['красив']],
    ['Häuser Haus', { language: 'de' }, ['haus']],
    ['élèves eleves', { language: 'fr' }, ['elev']],
    ['ﬁlms FILM', {}, ['film']],
    ['½ a', { minLength: 2 }, []],
    ['of 東', { language: 'none', minLength: 2 }, ['of']],
    ['constructor toString __proto__', { language: 'none' }, ['constructor', 'tostring', 'proto']],
  ])('%j with %j has %j', (text, options, expected) => {
    expect(names(text, options)).toEqual(expected)
  })

  test('cuts a word that is too long, and never in the middle of a character', () => {
    expect(names('x'.repeat(1_000_000))).toEqual(['x'.repeat(80)])
    expect(names(`x${'𝒜'.repeat(1_000)}`)).toEqual([`x${'a'.repeat(79)}`])
    expect(names(`x${'𠀀'.repeat(1_000)}`, { language: 'none' }).every((term) => term.isWellFormed())).toBe(
      true,
    )
  })

  test('reads a text of a megabyte', () => {
    const found = terms('The thing and its things. '.repeat(40_000))
    expect(found.map(({ term, frequency }) => [term, frequency])).toEqual([
      ['the', 40_000],
      ['thing', 80_000],
      ['and', 40_000],
      ['it', 40_000],
    ])
  })
})

describe('textAnalysis', () => {
  test('refuses options that are unknown or have a wrong value', () => {
    const refused = (options: unknown) => () => textAnalysis('kit.index', options as TextOptions)
    expect(refused({ langauge: 'en' })).toThrow('language')
    expect(refused({ stopwords: true })).toThrow('stopWords')
    expect(refused({ language: 'english' })).toThrow("The option language must be 'none', 'ar'")
    expect(refused({ metaphone: 'yes' })).toThrow('must be true or false')
    expect(refused({ stopWords: 'the' })).toThrow('must be true, false, or an array')
    expect(refused({ stopWords: [1] })).toThrow('must be true, false, or an array')
    expect(refused({ minLength: 0 })).toThrow('at least 1')
    expect(refused([])).toThrow('takes an object')
  })

  test('folds stop words, which have no accents in a query either', () => {
    expect(textAnalysis('x', { language: 'fr' }).stopWords.has('etre')).toBe(true)
    expect(textAnalysis('x', { stopWords: ['Été'] }).stopWords).toEqual(new Set(['ete']))
    expect(textAnalysis('x', { stopWords: false }).stopWords.size).toBe(0)
    expect(textAnalysis('x', { language: 'none' }).stopWords.size).toBe(0)
  })
})
