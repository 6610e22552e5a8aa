import { fold } from '../words/fold.ts'
import { splitWords, type Word } from '../words/split-words.ts'
import { cutWord, indexedPart } from './title-words.ts'

/** Part of a title, from the index of its first UTF-16 code unit to that after its last one. */
export type HighlightRange = readonly [start: number, end: number]

const MARK = /^\p{M}$/u

/**
 * Returns the parts of a title that begin its words as a query does, in order, without overlaps.
 *
 * @param prefixes folded words
 */
export function highlightRanges(title: string, prefixes: readonly string[]): HighlightRange[] {
  const ranges: HighlightRange[] = []
  for (const word of splitWords(indexedPart(title))) {
    const matching = prefixes.filter((prefix) => cutWord(word.folded).startsWith(prefix))
    if (matching.length === 0) continue
    const end = endOf(title, word, Math.max(...matching.map((prefix) => prefix.length)))
    // Words that share their place, such as those of a fraction.
    if (word.start >= (ranges.at(-1)?.[1] ?? 0)) ranges.push([word.start, end])
  }
  return ranges
}

/** Returns the end of the characters that make the first `length` code units of a folded word. */
function endOf(title: string, { folded, start, end }: Word, length: number): number {
  if (length === folded.length) return end
  const characters = [...title.slice(start, end)]
  let at = start
  while (characters.length > 0) {
    at += characters.shift()?.length ?? 0
    while (MARK.test(characters[0] ?? '')) at += characters.shift()?.length ?? 0
    if (fold(title.slice(start, at)).length >= length) return at
  }
  return end
}
