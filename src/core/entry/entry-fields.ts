import { LRUCache } from 'lru-cache'
import type { StoredNocache } from '../../engines/template-engine.ts'
import { STAMP_LENGTH } from '../../stores/store.ts'
import type { TagVersion } from '../tags/tag-versions.ts'

// The fields of an entry: how each is written and parsed. What cannot be parsed is `undefined`.

/** Templates and options that an entry was made of. */
export interface Provenance {
  /** Digest of the options that shape output. */
  readonly engine: string
  /** Id of the place, and digest of the template that it stands in. */
  readonly place: string
  readonly placeDigest: string
  /** Templates whose code ran in the body, with their digests. */
  readonly templates: readonly (readonly [name: string, digest: string])[]
}

/** Writes a line each: engine, place, its digest, then names and digests of templates in turn. */
export function encodeProvenance({ engine, place, placeDigest, templates }: Provenance): string {
  return [engine, place, placeDigest, ...templates.flat()].map(escapeLine).join('\n')
}

function decodeProvenance(text: string): Provenance {
  const [engine = '', place = '', placeDigest = '', ...rest] = text.split('\n').map(unescapeLine)
  const templates: [string, string][] = []
  for (let n = 0; n + 1 < rest.length; n += 2) templates.push([rest[n] as string, rest[n + 1] as string])
  return { engine, place, placeDigest, templates }
}

/** The same text stands in all entries of one place: it is parsed once. */
const parsed = new LRUCache<string, Provenance>({ max: 1_000 })

export function parseProvenance(text: string): Provenance {
  let provenance = parsed.get(text)
  if (!provenance) {
    provenance = decodeProvenance(text)
    parsed.set(text, provenance)
  }
  return provenance
}

function escapeLine(text: string): string {
  return /[\n%]/.test(text) ? text.replaceAll('%', '%25').replaceAll('\n', '%0A') : text
}

function unescapeLine(text: string): string {
  return text.includes('%') ? text.replaceAll('%0A', '\n').replaceAll('%25', '%') : text
}

/** Parses tags: the length of a name (2), the name, the stamp of its version. */
export function readTags(field: Buffer): TagVersion[] | undefined {
  const tags: TagVersion[] = []
  let at = 0
  while (at + 2 <= field.length) {
    const end = at + 2 + field.readUInt16BE(at)
    if (end + STAMP_LENGTH > field.length) return undefined
    tags.push([field.toString('utf8', at + 2, end), field.subarray(end, end + STAMP_LENGTH)])
    at = end + STAMP_LENGTH
  }
  return at === field.length ? tags : undefined
}

export function writeTags(tags: readonly TagVersion[]): Buffer {
  return Buffer.concat(
    tags.flatMap(([tag, stamp]) => {
      const name = Buffer.from(tag)
      const length = Buffer.alloc(2)
      length.writeUInt16BE(name.length)
      return [length, name, stamp]
    }),
  )
}

/** A `{% nocache %}` in an entry, and its position in the body. */
export interface EntryHole extends StoredNocache {
  readonly at: number
}

/** Text that a fragment adds to the HTML head, with what is rendered for each request in it. */
export interface EntryHead {
  readonly text: string
  /** Number of the fragment's holes before it: they may add to the head, too. */
  readonly after: number
  readonly holes: readonly EntryHole[]
}

/** Parses a JSON array: position, template, number in the template, and values of each. */
export function readHoles(field: Buffer): EntryHole[] | undefined {
  return holesIn(parse(field))
}

function parse(field: Buffer): unknown {
  try {
    return JSON.parse(field.toString())
  } catch {
    return undefined
  }
}

function holesIn(list: unknown): EntryHole[] | undefined {
  if (!Array.isArray(list) || !list.every(isHole)) return undefined
  const holes = list.map(([at, template, number, values]): EntryHole => ({ at, template, number, values }))
  return holes.every(({ at }, n) => at >= (holes[n - 1]?.at ?? 0)) ? holes : undefined
}

type HoleForm = [at: number, template: string, number: number, values: Record<string, unknown>]

function isHole(value: unknown): value is HoleForm {
  if (!Array.isArray(value)) return false
  const [at, template, number, values] = value as unknown[]
  return (
    Number.isSafeInteger(at) &&
    typeof template === 'string' &&
    Number.isSafeInteger(number) &&
    typeof values === 'object' &&
    values !== null
  )
}

export function writeHoles(holes: readonly EntryHole[]): Buffer {
  return Buffer.from(JSON.stringify(holes.map(formOf)))
}

function formOf({ at, template, number, values }: EntryHole): HoleForm {
  return [at, template, number, values]
}

/** Parses a JSON array: each text, and its holes. */
export function readHeads(field: Buffer): EntryHead[] | undefined {
  const list = parse(field)
  if (!Array.isArray(list)) return undefined
  const heads: EntryHead[] = []
  for (const item of list as unknown[]) {
    const [text, form, after] = Array.isArray(item) ? (item as unknown[]) : []
    const holes = holesIn(form)
    if (typeof text !== 'string' || typeof after !== 'number' || !holes) return undefined
    if (holes.some(({ at }) => at > Buffer.byteLength(text))) return undefined
    heads.push({ text, holes, after })
  }
  return heads
}

export function writeHeads(heads: readonly EntryHead[]): Buffer {
  return Buffer.from(JSON.stringify(heads.map(({ text, holes, after }) => [text, holes.map(formOf), after])))
}
