import type { Case, Load, Visitor } from '../oracle.ts'

/** One page, and the templates beside it. */
export interface Entry extends Partial<Omit<Case, 'templates'>> {
  readonly page: string
  readonly others?: Readonly<Record<string, string>>
  /** How many fragments a warm page still misses: those whose `if=` does not hold. Default: 0. */
  readonly misses?: number
  /**
   * Not right: other bytes, or refused without caching (docs/templates.md). To be taken away with
   * the bug.
   */
  readonly broken?: 'wrong'
}

export type Entries = Readonly<Record<string, Entry>>

/** A macro whose text has a fragment in it. */
export const M = '{% macro m(x) %}<{{ x }}{% cache "m", x %}{{ x }}{% endcache %}>{% endmacro %}'

const films = () => [
  { id: 1, name: 'Alien <1979>' },
  { id: 2, name: 'Brazil' },
]

/** The data of every page that brings none of its own. */
export function data(load: Load, visitor: Visitor): object {
  return {
    visitor,
    n: 3,
    flag: true,
    xs: ['a', 'b', 'a', '<c>'],
    films: films(),
    slow: load(() => 'slow <value>'),
    slowFilms: load(() => films()),
    slowMap: load(() => ({ p: load(() => 'P'), q: 'Q' })),
    slowFn: load(() => (value: unknown) => `f${value}`),
    box: { slow: load(() => ({ inner: load(() => 'inner') })) },
    plainName: load(() => 'plain'),
    yes: load(() => true),
    no: load(() => false),
    nul: load(() => null),
    undef: load(() => undefined),
  }
}
