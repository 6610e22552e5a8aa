import type { FragmentAt } from '../../fragment-read.ts'
import type { Finding } from './finding.ts'

/** A `{% fragment %}`, and the names of its parameters. */
export interface DefinedTag {
  readonly at: FragmentAt
  readonly params: readonly string[]
}

/**
 * Returns what is wrong with the name or the parameters of a defined fragment.
 *
 * @param where the place of its tag, for the message
 */
export type ProblemOf = (name: string, params: readonly string[], where: string) => string | undefined

/** Checks tags of defined fragments by their definitions. */
export function definedFindings(tags: Iterable<DefinedTag>, problemOf: ProblemOf): Finding[] {
  return [...tags].flatMap(({ at, params }) => {
    const { name, template, line } = at
    const message = problemOf(name, params, ` (${template}, line ${line})`)
    return message === undefined ? [] : [{ kind: 'definition', template, line, fragment: at, message }]
  })
}
