import { splitWords } from '../words/split-words.ts'

/** Most words of a title that are indexed. */
const MAX_WORDS = 50
/** Longest part of a word that is indexed, in code units. */
const MAX_LENGTH = 64
/** Longest part of a title that is split: no 50 words of a language are longer. */
const MAX_TITLE = 10_000

/** Returns the words of a title as they are indexed, with a space between two. */
export function titleWords(title: string): string {
  return splitWords(title.slice(0, MAX_TITLE))
    .slice(0, MAX_WORDS)
    .map(({ folded }) => cutWord(folded))
    .join(' ')
}

/** Returns the part of a folded word that is indexed and searched. It has no half of a pair. */
export function cutWord(word: string): string {
  return (word.length <= MAX_LENGTH ? word : word.slice(0, MAX_LENGTH)).replace(
    /[\ud800-\udbff](?![\udc00-\udfff])/g,
    '',
  )
}

/** Returns the part of a title in which matches are highlighted. */
export function indexedPart(title: string): string {
  return title.slice(0, MAX_TITLE)
}
