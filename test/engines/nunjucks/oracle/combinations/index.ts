import type { Case } from '../oracle.ts'
import { setUp } from '../setup.ts'
import { data, type Entries } from './entry.ts'
import { errors } from './errors.ts'
import { extensions } from './extensions.ts'
import { flow } from './flow.ts'
import { lazy } from './lazy.ts'
import { macros } from './macros.ts'
import { names } from './names.ts'
import { templates } from './templates.ts'
import { texts } from './texts.ts'

const all: Entries = {
  ...errors,
  ...extensions,
  ...flow,
  ...lazy,
  ...macros,
  ...names,
  ...templates,
  ...texts,
}

/** A page with all that is needed to render it. */
export interface Combination extends Case {
  readonly misses: number
  readonly broken: 'wrong' | undefined
}

/**
 * Pages that need two constructs at once: each would break an engine that gets every single one
 * right.
 */
export const COMBINATIONS: readonly (readonly [title: string, one: Combination])[] = Object.entries(all).map(
  ([title, { page, others, misses = 0, broken, setUp: more, ...rest }]) => [
    title,
    {
      data,
      misses,
      broken,
      templates: { page, ...others },
      ...rest,
      setUp: (environment) => {
        setUp(environment)
        more?.(environment)
      },
    },
  ],
)
