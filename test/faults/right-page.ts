import { createHash } from 'node:crypto'

export const CARDS = 24

const fixed = new Map<number, readonly string[]>()

/** The bytes that the site (site.js) has to give for a request: made without any template. */
export function rightPage(n: number, visitor: string): string {
  let cards = fixed.get(n)
  if (!cards) {
    cards = Array.from({ length: CARDS }, (_, card) => textOf(n, card))
    fixed.set(n, cards)
  }
  const articles = cards.map((text, card) => `<article id="${card}">${text} <i>${visitor}</i></article>\n`)
  return `<h1>Hello ${visitor}</h1>\n${articles.join('')}`
}

function textOf(n: number, card: number): string {
  return createHash('sha256').update(`${n}/${card}`).digest('hex').repeat(16)
}
