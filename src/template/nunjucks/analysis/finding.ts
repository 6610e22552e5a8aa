import type { FragmentAt } from '../../template-engine.ts'
import type { AstNode } from '../nunjucks.ts'
import type { Use } from './coverage.ts'
import { type Origin, pathOf, type Step } from './origins.ts'

/** What the check finds. */
export type FindingKind =
  /** A fragment reads what belongs to one visitor and is not in its key. */
  | 'leak'
  /** Fragments of one name whose bodies differ: an entry of one is never another's, so they push each other out. */
  | 'two bodies'
  /** A fragment that nothing ends: it has neither a ttl nor tags. */
  | 'no end'
  /** A bare number under a second as `ttl=` or `stale=`: most likely seconds were meant. */
  | 'short life'
  /** A part of a key that is an object: when the object changes, the old entry stays behind. */
  | 'object part'
  /** An include in a fragment whose template is only known at run time: what it reads cannot be checked. */
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
  /** How it got there. */
  readonly way?: readonly Step[]
}

/** A fragment reads something that its key does not have. Whether that is a leak depends on what it is. */
export interface UncoveredRead {
  readonly fragment: FragmentAt
  /** The arguments of its tag. */
  readonly tag: AstNode
  readonly origin: Origin
  readonly use: Use
  readonly template: string
  readonly line: number
}

/** What a read is called, if it belongs to one visitor. */
export function leakOf({ fragment, origin, template, line }: UncoveredRead): Finding {
  const variable = pathOf(origin)
  const { name } = fragment
  const route = origin.way.map((step) => ` by ${step.what} (${step.template}, line ${step.line})`).join(',')
  return {
    kind: 'leak',
    template,
    line,
    fragment,
    variable,
    way: origin.way,
    message:
      `The fragment "${name}" (${fragment.template}, line ${fragment.line}) reads ${variable}${route && ','}${route}: it ` +
      'belongs to one visitor, and the key does not have it, so that all would get it. ' +
      `Put it into the key: {% cache "${name}", ${keyFor(origin.path)} %}; or print it for each request: ` +
      `{% nocache %}{{ ${variable} }}{% endnocache %}; or, if it is the same for all, say so: shared: ['${origin.path[0]}'].`,
  }
}

/** The identity of an object stands for what it has. */
function keyFor(path: readonly string[]): string {
  const names = path.filter((name) => !/^[[(]/.test(name))
  return names.length > 1 ? [...names.slice(0, -1), 'id'].join('.') : names.join('.')
}
