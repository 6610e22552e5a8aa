import { OptionError } from '../errors.ts'
import { problemOf } from './tags.ts'

/** A fragment by its name and parts. */
export interface FragmentId {
  readonly name: string
  readonly parts?: readonly unknown[]
  /** One variant: the values that it differs by, by name. All variants are reached by a tag. */
  readonly vary?: Readonly<Record<string, unknown>>
}

/** What `delete()` was given. @throws OptionError */
export function readId(fragment: string | FragmentId, parts: readonly unknown[]): FragmentId {
  const id = typeof fragment === 'string' ? { name: fragment, parts } : fragment
  if (typeof id !== 'object' || id === null || typeof id.name !== 'string' || id.name === '') {
    throw new OptionError(
      "delete() takes a fragment's name and the parts of its key: delete('card', film.id).",
    )
  }
  if (id.parts !== undefined && !Array.isArray(id.parts)) {
    throw new OptionError(
      "delete({ name, parts }) takes the parts as a list: { name: 'card', parts: [film.id] }.",
    )
  }
  return id
}

/** What `invalidate()` was given. @throws OptionError */
export function refuseWrong(tags: readonly unknown[]): void {
  for (const tag of tags) {
    const problem = problemOf(tag)
    if (problem) {
      throw new OptionError(
        `invalidate() takes tags, which are texts, each by itself: invalidate('films', 'film:42'); one ${problem}.`,
      )
    }
  }
}
