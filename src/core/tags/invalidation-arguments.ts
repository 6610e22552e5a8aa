import { OptionError } from '../../errors.ts'
import { show } from '../../options/show.ts'
import { refuseUnknownOptions } from '../../options/unknown-option.ts'
import { problemOf } from './tag-versions.ts'

/** A fragment by its name and parts. */
export interface FragmentId {
  /** Name of the fragment: the first argument of its tag. */
  readonly name: string
  /**
   * Parts of its key.
   * @defaultValue none
   */
  readonly parts?: readonly unknown[]
  /**
   * Values of the options of `vary` that the fragment differs by, by name: one variant is deleted.
   * A tag reaches all variants.
   * @defaultValue none
   */
  readonly vary?: Readonly<Record<string, unknown>>
}

/**
 * Returns the arguments of `delete()`.
 * @param caller another method that takes the same, for messages
 * @throws OptionError
 */
export function readId(
  fragment: string | FragmentId,
  parts: readonly unknown[],
  caller = 'delete',
): FragmentId {
  const id = typeof fragment === 'string' ? { name: fragment, parts } : fragment
  if (typeof id !== 'object' || id === null || typeof id.name !== 'string' || id.name === '') {
    throw new OptionError(
      `The arguments of ${caller}() must be a fragment's name and the parts of its key: ${caller}('card', film.id).`,
    )
  }
  refuseUnknownOptions(`${caller}()`, id, ['name', 'parts', 'vary'])
  if (id.parts !== undefined && !Array.isArray(id.parts)) {
    throw new OptionError(
      `The parts of ${caller}({ name, parts }) must be an array: { name: 'card', parts: [film.id] }.`,
    )
  }
  return id
}

/** The entries that `clear()` removes. */
export interface ClearedFragment {
  /** Name of a fragment: the first argument of its tag. */
  readonly name: string
}

/** Returns the name that `clear()` was given; undefined: everything. @throws OptionError */
export function readCleared(fragment: unknown): string | undefined {
  if (fragment === undefined) return undefined
  if (typeof fragment !== 'object' || fragment === null) {
    throw new OptionError(
      `The argument of clear() must be an object that names a fragment, such as { name: 'card' }, or left out; not ${show(fragment)}.`,
    )
  }
  refuseUnknownOptions('clear()', fragment, ['name'])
  const { name } = fragment as Partial<ClearedFragment>
  if (typeof name === 'string' && name !== '') return name
  throw new OptionError(
    "The name of clear({ name }) must be a string, such as 'card'. Without an argument, clear() removes everything.",
  )
}

/** Checks the arguments of `invalidate()`. @throws OptionError */
export function refuseWrong(tags: readonly unknown[]): void {
  for (const tag of tags) {
    const problem = problemOf(tag)
    if (problem) {
      throw new OptionError(
        `The tags of invalidate() must be strings, each an argument of its own: invalidate('films', 'film:42'); one ${problem}.`,
      )
    }
  }
}
