import type { FragmentAt } from '../../template-engine.ts'
import { adviceFor } from './advice.ts'
import { pathOf, type Step } from './origins.ts'
import type { UncoveredRead } from './reads.ts'
import type { Syntax } from './tag-text.ts'

/** What the check finds. */
export type FindingKind =
  /** A fragment reads what belongs to one visitor and is not in its key. */
  | 'leak'
  /**
   * Fragments of one name whose bodies differ: an entry of one is never another's, so they push
   * each other out.
   */
  | 'two bodies'
  /** A fragment that nothing ends: it has neither a ttl nor tags. */
  | 'no end'
  /** A bare number under a second as `ttl=` or `stale=`: most likely seconds were meant. */
  | 'short life'
  /** A part of a key that is an object: when the object changes, the old entry stays behind. */
  | 'object part'
  /**
   * An include in a fragment whose template is only known at run time: what it reads cannot be
   * checked.
   */
  | 'dynamic include'
  /** A `{% nocache %}` reads a name that a template around it sets: on a hit that does not run. */
  | 'hole'
  /** A fragment calls what a `{% call %}` around it encloses. */
  | 'caller'
  /** The template does not compile; a hole that cannot work is one reason. */
  | 'template'

export interface Finding {
  readonly kind: FindingKind
  /** Where it is to be mended. */
  readonly template: string
  /** Counted from 1; 0: the template as a whole. */
  readonly line: number
  readonly message: string
  /** The fragment's name, and where its tag stands. */
  readonly fragment?: FragmentAt
  /** What is read, as a path into the page's data; of a short life, the option. */
  readonly variable?: string
  /** The cache tag that mends it, in place of the one that stands there. */
  readonly proposal?: string
  /** How it got there. */
  readonly way?: readonly Step[]
}

/** Why what is read is not for all. */
const OF_ONE_VISITOR = 'belongs to one visitor'

/** Returns what a read is reported as, if it is a leak. @param reason why it is one */
export function leakOf(read: UncoveredRead, syntax: Syntax, reason = OF_ONE_VISITOR): Finding {
  const { fragment, origin, template, line } = read
  const variable = pathOf(origin)
  const route = origin.way.map((step) => ` by ${step.what} (${step.template}, line ${step.line})`).join(',')
  const { text, proposal } = adviceFor(read, syntax)
  return {
    kind: 'leak',
    template,
    line,
    fragment,
    variable,
    way: origin.way,
    ...(proposal && { proposal }),
    message:
      `The fragment "${fragment.name}" (${fragment.template}, line ${fragment.line}) reads ${variable}${route && ','}${route}: it ` +
      `${reason}, and the key does not have it, so that all visitors would get it. ${text}`,
  }
}
