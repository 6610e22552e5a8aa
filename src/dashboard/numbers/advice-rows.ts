import { advice } from '../../metrics/advice/advice.ts'
import type { Snapshot } from '../../metrics/snapshot.ts'
import { addressOf } from '../pages/page.ts'
import type { Sources } from '../sources.ts'
import { tagsOfFragment } from './tags-of-traces.ts'

/** Most pieces of advice on a page: the heaviest. */
const MOST_ADVICE = 8

/** One piece of advice, in parts of text and code, with the fragment that it is about. */
export interface AdviceRow {
  readonly kind: string
  readonly parts: readonly { readonly text: string; readonly isCode: boolean }[]
  readonly fragment: string | undefined
  readonly href: string | undefined
}

/** Returns what to change, by the numbers and by the tags of traced pages. */
export function adviceRows(numbers: Snapshot, { traces }: Pick<Sources, 'traces'>): AdviceRow[] {
  const recent = traces?.recent ?? []
  return advice(numbers, { tagsOf: (fragment, template) => tagsOfFragment(recent, fragment, template) })
    .slice(0, MOST_ADVICE)
    .map(({ kind, text, fragment, template = '' }) => ({
      kind,
      parts: partsOf(text),
      fragment,
      href:
        fragment === undefined
          ? undefined
          : addressOf('fragment', new URLSearchParams({ name: fragment, template })),
    }))
}

/** Splits a text at its backticks, between which is code. */
function partsOf(text: string): AdviceRow['parts'] {
  return text.split('`').map((part, n) => ({ text: part, isCode: n % 2 === 1 }))
}
