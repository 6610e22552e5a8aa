import type { Use } from './coverage.ts'
import { ITEM, type Origin, POSITION, type Value } from './origins.ts'
import type { Scope } from './scope.ts'

/** A source form of a value in a tag: a visible name, and members of its value. */
export interface Written {
  readonly base: string
  readonly rest: readonly string[]
}

/** Finds a source form of a value in a tag; undefined where no visible name leads there. */
export function writtenAt(scope: Scope<Value>, origin: Origin, value: Value, use: Use): Written | undefined {
  const known = [...scope.visible()]
  const made = value.exact ? undefined : nameOf(value, known)
  const found = ownerOf(origin, known) ?? ofThePage(scope, origin) ?? sameAs(origin, known)
  // A computed value is identified by its own name; a tested one by that of the value itself.
  return use === 'tested' ? (found ?? made) : (made ?? found)
}

type Known = readonly (readonly [name: string, value: Value])[]

/** Returns the name, or the member of `loop`, that stands for this very value. */
function nameOf(value: Value, known: Known): Written | undefined {
  for (const [name, one] of known) {
    if (one === value) return { base: name, rest: [] }
    for (const [member, its] of one.members ?? []) if (its === value) return { base: name, rest: [member] }
  }
  return undefined
}

/** Returns the name of an object that contains the value: an argument, a loop variable. */
function ownerOf({ path }: Origin, known: Known): Written | undefined {
  const owners = known.flatMap(([base, { exact, origins }]) => {
    const owner = origins[0]?.path ?? path
    const isOwner = exact && owner.length < path.length && owner.every((name, n) => name === path[n])
    return isOwner ? [{ base, rest: path.slice(owner.length) }] : []
  })
  return owners.sort((a, b) => a.rest.length - b.rest.length)[0]
}

function ofThePage(scope: Scope<Value>, { path }: Origin): Written | undefined {
  const [base = '', ...rest] = path
  const isHidden = !scope.seesData || scope.lookup(base) !== undefined
  return isHidden || path.includes(ITEM) || path.includes(POSITION) ? undefined : { base, rest }
}

function sameAs({ path }: Origin, known: Known): Written | undefined {
  const [name] =
    known.find(([, { exact, origins }]) => exact && origins[0]?.path.join() === path.join()) ?? []
  return name === undefined ? undefined : { base: name, rest: [] }
}
