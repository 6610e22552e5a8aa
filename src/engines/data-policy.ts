/**
 * Says which values of a page's data may be shared. One object for each cache: an engine may
 * compile templates by it.
 */
export interface DataPolicy {
  /** Names whose values are printed for each request, wherever a template prints them. */
  readonly perRequest: readonly string[]
  /** Names whose values belong to one visitor. */
  readonly perVisitor: readonly string[]
  /** Names whose values are the same for all visitors. Takes precedence over the other lists. */
  readonly shared: readonly string[]
  /** Treats every name that is not in `shared` as belonging to one visitor. */
  readonly strict: boolean
  /**
   * Properties that identify an object among those of its kind: `film.id` stands for all of the
   * film.
   */
  readonly identities: readonly string[]
  /** The names that every fragment varies by. */
  readonly defaultVary: readonly string[]
}

/** The policy of templates that are rendered without a cache. */
export const NO_POLICY: DataPolicy = {
  perRequest: [],
  perVisitor: [],
  shared: [],
  strict: false,
  identities: [],
  defaultVary: [],
}

/**
 * Splits a name into words, in lower case: `currentUser`, `current_user` and `CURRENT-USER` are the
 * same name, as `isAdmin` and `is-admin` are.
 */
export function wordsOf(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
    .join(' ')
    .toLowerCase()
}

/**
 * A list of names, compared by their words. `can*` matches every name whose first word is `can`.
 */
class NameList {
  readonly #words: ReadonlySet<string>
  readonly #prefixes: readonly string[]

  constructor(names: readonly string[]) {
    const isPrefix = (name: string) => name.endsWith('*')
    this.#words = new Set(names.filter((name) => !isPrefix(name)).map(wordsOf))
    this.#prefixes = names.filter(isPrefix).map((name) => `${wordsOf(name)} `)
  }

  has(words: string): boolean {
    return this.#words.has(words) || this.#prefixes.some((prefix) => words.startsWith(prefix))
  }
}

type Owner = 'all' | 'visitor' | 'unknown'

/** The owners of names under one policy, each name compared once. */
class NameOwners {
  readonly #shared: NameList
  readonly #perVisitor: NameList
  readonly #known = new Map<string, Owner>()

  constructor({ shared, perVisitor }: DataPolicy) {
    this.#shared = new NameList(shared)
    this.#perVisitor = new NameList(perVisitor)
  }

  of(name: string): Owner {
    const owner = this.#known.get(name) ?? this.#compare(wordsOf(name))
    this.#known.set(name, owner)
    return owner
  }

  #compare(words: string): Owner {
    if (this.#shared.has(words)) return 'all'
    return this.#perVisitor.has(words) ? 'visitor' : 'unknown'
  }
}

const ownersByPolicy = new WeakMap<DataPolicy, NameOwners>()

function ownerOf(name: string, policy: DataPolicy): Owner {
  let owners = ownersByPolicy.get(policy)
  if (!owners) {
    owners = new NameOwners(policy)
    ownersByPolicy.set(policy, owners)
  }
  return owners.of(name)
}

/** Returns true if the option `shared` lists the name. */
export function isShared(name: string, policy: DataPolicy): boolean {
  return ownerOf(name, policy) === 'all'
}

/** Returns true if the option `perVisitor` lists the name, and `shared` does not. */
export function isPerVisitor(name: string, policy: DataPolicy): boolean {
  return ownerOf(name, policy) === 'visitor'
}

/**
 * Returns true if the value at a path into a page's data belongs to one visitor. The first name of
 * the path decides.
 */
export function belongsToOneVisitor([root]: readonly string[], policy: DataPolicy): boolean {
  if (root === undefined || isShared(root, policy)) return false
  return policy.strict || isPerVisitor(root, policy) || policy.perRequest.includes(root)
}
