import stopWordLists from 'stopword'
import { OptionError } from '../../errors.ts'
import { readBoolean, readCount, readOneOf, refuseOption } from '../../options/read-option.ts'
import { isPlainObject, show } from '../../options/show.ts'
import { refuseUnknownOptions } from '../../options/unknown-option.ts'
import { fold } from '../words/fold.ts'
import { LANGUAGES, type Language } from './languages.ts'
import { type Stem, stemmerOf } from './stemmer.ts'

/** How text is made into terms. Texts and queries of one index must have the same. */
export interface TextOptions {
  /**
   * Language of the texts by ISO 639-1, for the stems of words: `things` finds `thing`. With
   * `'none'` a word finds only itself.
   *
   * @defaultValue `'en'`
   */
  readonly language?: Language | 'none' | undefined
  /**
   * Also finds words that sound alike in English, after those that are spelt alike: `flasck` finds
   * `flask`.
   *
   * @defaultValue `false`
   */
  readonly metaphone?: boolean | undefined
  /**
   * Words that a query may leave out: `the films of Kurosawa` also finds texts without `the` and
   * `of`. They are indexed, so that phrases, and queries of nothing else, find them. `true` is the
   * list of the language, of the package `stopword`.
   *
   * @defaultValue `true`
   */
  readonly stopWords?: boolean | readonly string[] | undefined
  /**
   * Least length of a word, in characters. Shorter ones are neither indexed nor searched.
   *
   * @defaultValue `1`
   */
  readonly minLength?: number | undefined
}

/** Checked {@link TextOptions}. */
export interface TextAnalysis {
  readonly stem: Stem
  readonly metaphone: boolean
  readonly stopWords: ReadonlySet<string>
  readonly minLength: number
}

/** Names of {@link TextOptions}. */
export const TEXT_OPTIONS = ['language', 'metaphone', 'stopWords', 'minLength'] as const

/**
 * Checks options by which text is made into terms.
 *
 * @param owner for messages, such as `kit.index`
 * @throws OptionError
 */
export function textAnalysis(owner: string, options: TextOptions = {}): TextAnalysis {
  if (!isPlainObject(options))
    throw new OptionError(`${owner} takes an object of options; got ${show(options)}`)
  refuseUnknownOptions(owner, options, TEXT_OPTIONS, { stemmer: 'language', stopwords: 'stopWords' })
  return readTextOptions(options)
}

/** Reads the text options among others. @throws OptionError */
export function readTextOptions(options: TextOptions): TextAnalysis {
  const { language = 'en', metaphone = false, stopWords = true, minLength = 1 } = options
  const names = ['none', ...Object.keys(LANGUAGES)] as ('none' | Language)[]
  const name = readOneOf('language', language, names)
  return {
    stem: name === 'none' ? fold : stemmerOf(name),
    metaphone: readBoolean('metaphone', metaphone),
    stopWords: readStopWords(stopWords, name),
    minLength: readCount('minLength', minLength, 1),
  }
}

function readStopWords(stopWords: unknown, language: Language | 'none'): ReadonlySet<string> {
  if (stopWords === false) return new Set()
  if (stopWords === true)
    return language === 'none' ? new Set() : foldedSet(stopWordLists[LANGUAGES[language].stopWords] ?? [])
  const isList = Array.isArray(stopWords) && stopWords.every((word) => typeof word === 'string')
  return isList
    ? foldedSet(stopWords)
    : refuseOption('stopWords', "true, false, or an array of words such as ['the', 'of']", stopWords)
}

function foldedSet(words: readonly string[]): ReadonlySet<string> {
  return new Set(words.map(fold))
}
