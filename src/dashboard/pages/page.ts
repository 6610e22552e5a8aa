import { type Range, rangeOf } from '../numbers/ranges.ts'
import type { Sources } from '../sources.ts'

/** Longest value of a parameter of an address. Fragments and tags may have long names. */
const LONGEST_VALUE = 1000

/** One page with its parameters, as its address has them. */
export interface View {
  /** Query of its address, in a form that is equal for equal pages. */
  readonly params: string
  readonly query: URLSearchParams
  readonly range: Range
}

/** Result of a form. */
export interface Done {
  readonly failed: boolean
  readonly message: string
}

/** A page of the live page. */
export interface Page {
  /** Its address, relative to the first page, whose name is empty. */
  readonly name: string
  readonly title: string
  readonly template: string
  /** The page of the menu that it belongs to. */
  readonly parent?: string
  /** Names of its parameters. Others are left out. */
  readonly params: readonly string[]
  /** Says whether the menu has it. Absent: it is reached from others. */
  inMenu?(sources: Sources): boolean
  /** Time between two updates, in ms. Absent: it does not change by itself. */
  interval?(view: View): number
  /** True if it has a form, which needs a token. */
  readonly hasForm?: boolean
  /** Reads the data of its template. */
  load(view: View, sources: Sources): Promise<object>
  /** Does what its form says. */
  post?(fields: URLSearchParams, sources: Sources): Promise<Done>
}

/** Returns the view of an address. */
export function viewOf({ params }: Page, query: URLSearchParams): View {
  const known = new URLSearchParams()
  for (const name of params)
    for (const value of query.getAll(name).slice(0, 20)) known.append(name, value.slice(0, LONGEST_VALUE))
  return { params: known.toString(), query: known, range: rangeOf(known.get('range')) }
}

/** Returns an address with some parameters changed; undefined leaves one out. */
export function addressOf(
  name: string,
  query: URLSearchParams,
  changes: Record<string, string | undefined> = {},
): string {
  const params = new URLSearchParams(query)
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) params.delete(key)
    else params.set(key, value)
  }
  const text = params.toString()
  return `${name || './'}${text && `?${text}`}`
}
