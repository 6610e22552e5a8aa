import { LRUCache } from 'lru-cache'
import stemmers from 'snowball-stemmers'
import { fold } from '../words/fold.ts'
import { LANGUAGES, type Language } from './languages.ts'

/** Number of words of a language whose stems are kept: a stem takes some 10 µs to find. */
const CACHED_STEMS = 20_000
/** Longest word that has a stem, in code units. */
const MAX_LENGTH = 40

/** Returns the folded stem of a word that is in lower case, with its accents. */
export type Stem = (word: string) => string

const byLanguage = new Map<Language, Stem>()

/**
 * Returns the stemmer of a language, by the algorithms of Snowball (https://snowballstem.org).
 * They read accents, so that words are folded afterwards.
 */
export function stemmerOf(language: Language): Stem {
  let stem = byLanguage.get(language)
  if (!stem) {
    stem = createStemmer(language)
    byLanguage.set(language, stem)
  }
  return stem
}

function createStemmer(language: Language): Stem {
  const stemmer = stemmers.newStemmer(LANGUAGES[language].stemmer)
  const stems = new LRUCache<string, string>({ max: CACHED_STEMS })
  return (word) => {
    if (word.length > MAX_LENGTH) return fold(word)
    let stem = stems.get(word)
    if (stem === undefined) {
      // The endings of the Russian algorithm are written without ё.
      stem = fold(stemmer.stem(word.replaceAll('ё', 'е')))
      stems.set(word, stem)
    }
    return stem
  }
}
