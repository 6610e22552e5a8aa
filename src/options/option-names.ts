import { OptionError } from '../errors.ts'
import { nearestOf } from './nearest-name.ts'
import { REMOVED_OPTIONS, RENAMED_OPTIONS, SHORT_FORMS } from './renamed-options.ts'
import { isPlainObject } from './show.ts'

/**
 * Hints by a name that is not taken, or by `group.name` of a member: the name to write in its
 * place, or a sentence that ends with a full stop.
 */
export type Hints = Readonly<Record<string, string>>

/** The option names that a function takes. */
export interface OptionNames {
  readonly names: readonly string[]
  /** Members of the options that are groups, by the name of the group. */
  readonly groups: Readonly<Record<string, readonly string[]>>
  /** Hints for names that users of other packages write. */
  readonly hints?: Hints
}

/**
 * Refuses names that are not known, of options and of members of groups.
 * @param owner what takes the options, such as `FragmentCache`
 * @throws OptionError for a name of version 0.1, with its new form; for a misspelt one, with the
 * nearest
 */
export function refuseUnknownNames(owner: string, options: object, known: OptionNames): void {
  const given = options as Readonly<Record<string, unknown>>
  const unknown = Object.keys(given).filter((name) => !known.names.includes(name))
  const [first] = unknown
  if (first !== undefined) {
    refuseRenamed(
      owner,
      given,
      unknown.filter((name) => isRenamed(name, known)),
    )
    const removed = Object.hasOwn(REMOVED_OPTIONS, first) ? REMOVED_OPTIONS[first] : undefined
    if (removed !== undefined) {
      const [since, instead] = removed
      throw new OptionError(`${owner} has no option "${first}" since ${since}: ${instead}`)
    }
    throw new OptionError(
      `${owner} has no option "${first}"${hintFor(first, known)} It takes: ${known.names.join(', ')}.`,
    )
  }
  for (const [group, members] of Object.entries(known.groups))
    refuseMembers(group, given[group], members, known)
}

function refuseMembers(group: string, value: unknown, members: readonly string[], known: OptionNames): void {
  if (!isPlainObject(value)) return // Its value is refused where it is read.
  const unknown = Object.keys(value).find((name) => !members.includes(name))
  if (unknown === undefined) return
  throw new OptionError(
    `The option ${group} has no "${unknown}"${hintWithin(group, unknown, members, known)} It takes: ${members.join(', ')}.`,
  )
}

/** Says how to write all options of version 0.1 that were given: they are moved in one go. */
function refuseRenamed(
  owner: string,
  given: Readonly<Record<string, unknown>>,
  renamed: readonly string[],
): void {
  if (renamed.length === 0) return
  const groups = new Map<string, string[]>()
  for (const name of renamed) {
    const [group, member] = newNameOf(name)
    const written = groups.get(group) ?? membersOf(group, given[group])
    groups.set(group, [...written, `${member}: ${write(given[name])}`])
  }
  const forms = [...groups].map(([group, members]) => formOf(group, members))
  const names = renamed.map((name) => `"${name}"`).join(', ')
  throw new OptionError(
    `${owner} has no option${renamed.length === 1 ? '' : 's'} ${names} since 0.2: write ${forms.join(', ')}.`,
  )
}

function formOf(group: string, members: readonly string[]): string {
  const [only, ...others] = members
  const short = `${SHORT_FORMS[group]}: `
  if (only?.startsWith(short) && others.length === 0) return `${group}: ${only.slice(short.length)}`
  return `${group}: { ${members.join(', ')} }`
}

/** Returns the members of a group as a message writes them, those of its short form too. */
function membersOf(group: string, value: unknown): string[] {
  if (value === undefined) return []
  const members = isPlainObject(value) ? value : { [SHORT_FORMS[group] ?? 'mode']: value }
  return Object.entries(members).map(([name, member]) => `${name}: ${write(member)}`)
}

function write(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`
  if (Array.isArray(value)) return `[${value.map(write).join(', ')}]`
  return typeof value === 'object' || typeof value === 'function' ? '...' : String(value)
}

function newNameOf(old: string): [group: string, member: string] {
  const [group = '', member = ''] = (RENAMED_OPTIONS[old] ?? '').split('.')
  return [group, member]
}

/** Returns true for an old name whose new one is taken here. */
function isRenamed(name: string, known: OptionNames): boolean {
  if (!Object.hasOwn(RENAMED_OPTIONS, name) || hintOf(name, known) !== undefined) return false
  const [group, member] = newNameOf(name)
  return known.groups[group]?.includes(member) ?? false
}

function hintFor(name: string, known: OptionNames): string {
  const hint = hintOf(name, known)
  if (hint?.endsWith('.')) return `: ${hint}`
  const targets = targetsOf(known)
  const nearest = hint ?? nearestOf(name, [...targets.keys()])
  if (nearest === undefined) return '.'
  const target = targets.get(nearest) ?? nearest
  const [group, member] = target.split('.')
  return `: did you mean "${target}"?${member === undefined ? '' : ` Write ${group}: { ${member}: ... }.`}`
}

function hintOf(name: string, { hints = {} }: OptionNames): string | undefined {
  return Object.hasOwn(hints, name) ? hints[name] : undefined
}

function hintWithin(group: string, name: string, members: readonly string[], known: OptionNames): string {
  const hint = hintOf(`${group}.${name}`, known) ?? hintOf(name, known)
  if (hint?.endsWith('.')) return `: ${hint}`
  const target = targetsOf(known).get(name)
  if (target === name) return `: ${name} stands beside ${group}, not in it.`
  const near = target?.replace(`${group}.`, '') ?? nearestOf(name, members)
  return near === undefined ? '.' : `: did you mean "${near}"?`
}

/**
 * Returns where each name belongs: an option's own name, or `group.member` for members and old
 * names.
 */
function targetsOf(known: OptionNames): Map<string, string> {
  const targets = new Map<string, string>()
  const shared = new Set<string>()
  for (const [group, members] of Object.entries(known.groups)) {
    for (const member of members) {
      if (targets.has(member)) shared.add(member)
      targets.set(member, `${group}.${member}`)
    }
  }
  // A member that two groups have says nothing about which one is meant.
  for (const member of shared) targets.delete(member)
  for (const old of Object.keys(RENAMED_OPTIONS))
    if (isRenamed(old, known)) targets.set(old, newNameOf(old).join('.'))
  for (const name of known.names) targets.set(name, name)
  return targets
}
