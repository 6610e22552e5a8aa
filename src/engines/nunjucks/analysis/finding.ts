import type { FragmentAt } from '../../fragment-read.ts'
import { adviceFor } from './advice.ts'
import { pathOf, type Step } from './origins.ts'
import type { UncoveredRead } from './reads.ts'
import type { Syntax } from './tag-text.ts'

/** The kinds of findings. */
export type FindingKind =
  /** A fragment reads a value of one visitor that is not in its key. */
  | 'leak'
  /** Fragments of one name have different bodies, so their entries replace each other. */
  | 'two bodies'
  /** A fragment has neither a ttl nor tags, so it never ends. */
  | 'no end'
  /**
   * `ttl=` or `stale=` is a number under 1000, which is milliseconds: seconds were probably meant.
   */
  | 'short life'
  /** A part of a key is an object: when the object changes, the old entry stays in the store. */
  | 'object part'
  /**
   * A fragment includes a template whose name is only known at run time, so it cannot be checked.
   */
  | 'dynamic include'
  /**
   * A `{% nocache %}` reads a name that a template around it sets: on a hit that code does not run.
   */
  | 'hole'
  /** A fragment calls the body of a `{% call %}` around it. */
  | 'caller'
  /** A `{% fragment %}` names a fragment, or parameters, that its definition does not have. */
  | 'definition'
  /** The template does not compile. */
  | 'template'

export interface Finding {
  readonly kind: FindingKind
  /** The template to change. */
  readonly template: string
  /** Counted from 1. 0: the template as a whole. */
  readonly line: number
  readonly message: string
  /** The fragment's name, and where its tag stands. */
  readonly fragment?: FragmentAt
  /** The value that is read, as a path into the page's data; for a short ttl, the option. */
  readonly variable?: string
  /** The cache tag to write instead, which fixes the finding. */
  readonly proposal?: string
  /** The steps on which the value got there. */
  readonly way?: readonly Step[]
}

/** The reason why a value is not for all visitors. */
const OF_ONE_VISITOR = 'belongs to one visitor'

/** Returns the finding for a read that is a leak. @param reason why it is one */
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
