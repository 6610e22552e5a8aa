/** Queries of visitors who type titles that are there, by class: the same for all contenders. */

import { splitWords } from '../../dist/toolkit/words/split-words.js'

const PER_CLASS = 300

/** Titles of queries, spread over all. */
function* sample(items) {
  const step = items.length / (PER_CLASS * 3)
  for (let at = 0; at < items.length; at += step)
    yield splitWords(items[Math.floor(at)].title).map(({ folded }) => folded)
}

/** @type {Record<string, (words: string[], n: number) => string | undefined>} */
const CLASSES = {
  '1 letter': ([word]) => word.slice(0, 1),
  '2 letters': (words, n) => atLeast(words[n % words.length], 2)?.slice(0, 2),
  '3 letters': (words, n) => atLeast(words[n % words.length], 3)?.slice(0, 3),
  '5 letters': (words, n) => atLeast(words[n % words.length], 5)?.slice(0, 5),
  'a word': (words, n) => atLeast(words[n % words.length], 4),
  'two words': (words, n) => (words.length > 2 ? `${words[n % 2]} ${words[2]}` : undefined),
  'a word and 2 letters': (words, n) =>
    words.length > 2 && words[2].length > 2 ? `${words[n % 2]} ${words[2].slice(0, 2)}` : undefined,
  'a typo': (words, n) => {
    const word = atLeast(words[n % words.length], 6)
    return word && `${word.slice(0, 2)}${word[3]}${word[2]}${word.slice(4)}`
  },
}

/** @returns {{ title: string, queries: string[] }[]} */
export function queries(items) {
  const words = [...sample(items)].filter(({ length }) => length > 0)
  return Object.entries(CLASSES).map(([title, make]) => ({
    title,
    queries: words
      .map(make)
      .filter((query) => query !== undefined)
      .slice(0, PER_CLASS),
  }))
}

function atLeast(word, length) {
  return word !== undefined && word.length >= length && /^[a-z]+$/.test(word) ? word : undefined
}
