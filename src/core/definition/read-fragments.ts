import { OptionError } from '../../errors.ts'
import { isPlainObject, show } from '../../options/show.ts'
import { DefinedFragment } from './define-fragment.ts'
import { Definitions } from './definitions.ts'

/**
 * The defined fragments of a cache.
 * @example fragments: { define: [sidebar, menu] }
 */
export interface FragmentsOptions {
  /** The results of `defineFragment()`. */
  readonly define?: readonly DefinedFragment<never>[] | undefined
}

/** Members of the group `fragments`. */
export const FRAGMENTS_MEMBERS = ['define'] as const satisfies readonly (keyof FragmentsOptions)[]

/**
 * Reads the option `fragments`; an array is its `define`.
 * @param rules of the cache that fragments rely on
 * @throws OptionError
 */
export function readFragments(value: unknown = [], rules: FragmentRules): Definitions {
  const { define = [] } = Array.isArray(value) ? { define: value } : readGroup(value)
  if (!Array.isArray(define)) throw refused(define)
  const names = new Set<string>()
  for (const fragment of define as readonly unknown[]) {
    if (!(fragment instanceof DefinedFragment)) throw refused(fragment)
    checkRules(fragment, rules)
    if (names.has(fragment.name))
      throw new OptionError(
        `The option fragments has two fragments "${fragment.name}": each needs a name of its own.`,
      )
    names.add(fragment.name)
  }
  return new Definitions(define as readonly DefinedFragment[])
}

/** The rules of a cache that apply where a fragment says nothing. */
export interface FragmentRules {
  readonly ttl: number | undefined
  readonly vary: object
}

function readGroup(value: unknown): FragmentsOptions {
  if (isPlainObject(value)) return value as FragmentsOptions
  throw refused(value)
}

function refused(value: unknown): OptionError {
  return new OptionError(
    `The option fragments must be an array of what defineFragment() returned, or an object such as { define: [sidebar] }, not ${show(value)}.`,
  )
}

function checkRules({ name, options }: DefinedFragment, { ttl, vary }: FragmentRules): void {
  if (options.ttl === undefined && ttl === undefined) {
    throw new OptionError(
      `The fragment "${name}" has no ttl: give it one, such as ttl: '5m', or the cache, such as ttl: '5m'.`,
    )
  }
  const unknown = options.vary?.find((one) => !Object.hasOwn(vary, one))
  if (unknown === undefined) return
  throw new OptionError(
    `The fragment "${name}" varies by "${unknown}", which the option vary of the cache does not have.`,
  )
}
