import { fold } from './fold.ts'

/** A word of a text. */
export interface Word {
  /** The word as it is compared, by {@link fold}: letters, digits and marks. */
  readonly folded: string
  /** Index of its first UTF-16 code unit in the text. */
  readonly start: number
  /** Index after its last code unit. */
  readonly end: number
}

/** Letters, digits, their marks, and the soft hyphen, which is inside of words. */
const TOKEN = /[\p{L}\p{N}\p{M}\u00ad]+/gu
const FOLDED_WORD = /[\p{L}\p{N}\p{M}]+/gu
const ASCII = /^[a-zA-Z0-9]+$/

/** Scripts that are written without spaces between words. */
const WITHOUT_SPACES =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u

/** Longest piece of text that is given to the segmenter, in code units: its time is not linear. */
const SEGMENT_AT_ONCE = 1_000

let segmenter: Intl.Segmenter | undefined

/**
 * Returns the words of a text, in order. Words of scripts without spaces (Chinese, Japanese, Thai)
 * are found by the dictionaries of `Intl.Segmenter`.
 */
export function splitWords(text: string): Word[] {
  const words: Word[] = []
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (ASCII.test(token))
      words.push({ folded: token.toLowerCase(), start: index, end: index + token.length })
    else if (WITHOUT_SPACES.test(token)) segment(token, index, words)
    else addFolded(token, index, words)
  }
  return words
}

/** A token may be several words once it is folded: `½` is `1⁄2`. They share their place. */
function addFolded(token: string, start: number, words: Word[]): void {
  for (const [folded] of fold(token).matchAll(FOLDED_WORD))
    words.push({ folded, start, end: start + token.length })
}

function segment(token: string, start: number, words: Word[]): void {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'word' })
  for (let at = 0; at < token.length; at += SEGMENT_AT_ONCE) {
    const piece = token.slice(at, at + SEGMENT_AT_ONCE)
    for (const { segment: word, index } of segmenter.segment(piece))
      addFolded(word, start + at + index, words)
  }
}
