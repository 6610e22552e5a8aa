import type { DataPolicy } from './template-engine.ts'

/** How names of a page's data are compared: by their words, so that `isAdmin` is `is_admin` and `is-admin`. */

/** Returns the words of a name in lower case: `currentUser`, `current_user` and `CURRENT-USER` are one name. */
export function wordsOf(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
    .join(' ')
    .toLowerCase()
}

/** A list of names by their words; `can*` stands for every name that begins with the word `can`. */
class NameList {
  readonly #words: ReadonlySet<string>
  readonly #beginnings: readonly string[]

  constructor(names: readonly string[]) {
    const isBeginning = (name: string) => name.endsWith('*')
    this.#words = new Set(names.filter((name) => !isBeginning(name)).map(wordsOf))
    this.#beginnings = names.filter(isBeginning).map((name) => `${wordsOf(name)} `)
  }

  has(words: string): boolean {
    return this.#words.has(words) || this.#beginnings.some((beginning) => words.startsWith(beginning))
  }
}

/** What rules say of names, each asked once. */
class Judged {
  readonly #shared: NameList
  readonly #perVisitor: NameList
  readonly #known = new Map<string, 'shared' | 'visitor' | 'unknown'>()

  constructor({ shared, perVisitor }: DataPolicy) {
    this.#shared = new NameList(shared)
    this.#perVisitor = new NameList(perVisitor)
  }

  of(name: string): 'shared' | 'visitor' | 'unknown' {
    const known = this.#known.get(name) ?? this.#judge(wordsOf(name))
    this.#known.set(name, known)
    return known
  }

  #judge(words: string): 'shared' | 'visitor' | 'unknown' {
    if (this.#shared.has(words)) return 'shared'
    return this.#perVisitor.has(words) ? 'visitor' : 'unknown'
  }
}

const judged = new WeakMap<DataPolicy, Judged>()

function judge(name: string, rules: DataPolicy): 'shared' | 'visitor' | 'unknown' {
  let names = judged.get(rules)
  if (!names) {
    names = new Judged(rules)
    judged.set(rules, names)
  }
  return names.of(name)
}

/** Says whether the option `shared` names it. */
export function isShared(name: string, rules: DataPolicy): boolean {
  return judge(name, rules) === 'shared'
}

/** Says whether the option `perVisitor` names it, and `shared` does not. */
export function isPerVisitor(name: string, rules: DataPolicy): boolean {
  return judge(name, rules) === 'visitor'
}

/** Says whether the value at a path into a page's data belongs to one visitor, by the name that the path begins with. */
export function belongsToOne([root]: readonly string[], rules: DataPolicy): boolean {
  if (root === undefined || isShared(root, rules)) return false
  return rules.strict || isPerVisitor(root, rules) || rules.perRequest.includes(root)
}
