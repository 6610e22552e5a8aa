import { expirationsOf, readEntry, writeEntry } from '../../core/entry/entry.ts'
import type { TagVersion } from '../../core/tags/tag-versions.ts'
import { FOREVER, STAMP_LENGTH, type Store, stampKind, type Write } from '../../stores/store.ts'
import { pagesOfKeys } from '../store/pages-of-keys.ts'

/** Counts of the keys of a store, by result. */
export interface Copied {
  /** Entries. */
  copied: number
  /** Of the values of these entries. */
  bytes: number
  /** Tag versions. */
  versions: number
  /** Expired entries. */
  expired: number
  /** Entries with a tag that was invalidated. */
  invalidated: number
  /** Signed entries, locks, tombstones, and keys that are not of this package. */
  left: number
  /** Entries that the other store refused. */
  failed: number
  /** Tags that were invalidated during the copy, and were invalidated in the other store too. */
  invalidatedMeanwhile: number
}

/** A tag's version in both stores. */
interface Version {
  /** Start of the keys of its cache. */
  readonly keyPrefix: string
  readonly key: string
  readonly from: Buffer
  readonly to: Buffer
}

/**
 * TTL of a tag version in the other store, in milliseconds. Writing a longer-lived entry extends
 * it.
 */
const VERSION_TTL = 30 * 24 * 60 * 60 * 1000

/**
 * Copies entries that are fresh, or may still be served, from one store to another. A store makes
 * the stamps of values itself, so each entry is written again, with the versions that its tags have
 * in the other store and with the rest of its times. An entry with an invalidated tag is not
 * copied; tags that are invalidated during the copy are invalidated in the other store at the end.
 */
export async function copyEntries(
  from: Store,
  to: Store,
  { prefix, batch, onProgress }: { prefix: string; batch: number; onProgress: (copied: Copied) => void },
): Promise<Copied> {
  const copied: Copied = {
    copied: 0,
    bytes: 0,
    versions: 0,
    expired: 0,
    invalidated: 0,
    left: 0,
    failed: 0,
    invalidatedMeanwhile: 0,
  }
  const versions = new Map<string, Version[]>()
  for await (const [keys, values] of pages(from, prefix, batch)) {
    await copyVersions(keys, values, to, versions, copied)
    onProgress(copied)
  }
  for await (const [keys, values] of pages(from, prefix, batch)) {
    const now = await from.clock()
    const writes: Write[] = []
    keys.forEach((key, n) => {
      const value = values[n]
      if (!Buffer.isBuffer(value) || isVersion(key, value)) return
      const write = rewritten(key, value, now, versions)
      if (typeof write === 'string') copied[write]++
      else writes.push(write)
    })
    const results = await to.setMany(writes)
    results.forEach((result, n) => {
      if (result !== true) copied.failed++
      else {
        copied.copied++
        copied.bytes += (writes[n] as Write).value.length
      }
    })
    onProgress(copied)
  }
  await invalidateChanged(from, to, [...versions.values()].flat(), batch, copied)
  return copied
}

async function* pages(
  store: Store,
  prefix: string,
  size: number,
): AsyncGenerator<[string[], (Buffer | null | Error)[]]> {
  for await (const page of pagesOfKeys(store, prefix, size)) yield [page, await store.getMany(page)]
}

/** Key of a tag version, `...#<length>:<tag>`, whose value is a stamp alone. */
const VERSION_KEY = /^(.*?)(#\d+:[\s\S]*)$/

function isVersion(key: string, value: Buffer): boolean {
  const kind = stampKind(value)
  return (
    value.length === STAMP_LENGTH && (kind === 'created' || kind === 'invalidated') && VERSION_KEY.test(key)
  )
}

async function copyVersions(
  keys: readonly string[],
  values: readonly (Buffer | null | Error)[],
  to: Store,
  versions: Map<string, Version[]>,
  copied: Copied,
): Promise<void> {
  const own = keys.filter((key, n) => Buffer.isBuffer(values[n]) && isVersion(key, values[n]))
  const stamps = await to.stampMany(own.map((key) => ({ key, kind: 'created', ttl: VERSION_TTL })))
  own.forEach((key, n) => {
    const stamp = stamps[n]
    if (!Buffer.isBuffer(stamp)) return
    const [, keyPrefix = '', tag = ''] = VERSION_KEY.exec(key) ?? []
    const from = Buffer.from(values[keys.indexOf(key)] as Buffer)
    versions.set(tag, [...(versions.get(tag) ?? []), { keyPrefix, key, from, to: Buffer.from(stamp) }])
    copied.versions++
  })
}

/** Returns the entry as it is written to the other store, or why it is not copied. */
function rewritten(
  key: string,
  value: Buffer,
  now: number,
  versions: ReadonlyMap<string, readonly Version[]>,
): Write | 'left' | 'expired' | 'invalidated' {
  const entry = readEntry(key, value, {})
  if (!entry) return 'left'
  const ends = expirationsOf(entry, now)
  const ttl = Math.ceil(Math.max(ends.fresh, ends.revalidate, ends.onError))
  if (ttl < 1) return 'expired'
  const tags: TagVersion[] = []
  for (const [tag, stamp] of entry.tags) {
    const version = versions.get(`#${tag.length}:${tag}`)?.find(({ keyPrefix }) => key.startsWith(keyPrefix))
    if (!version?.from.equals(stamp)) return 'invalidated'
    tags.push([tag, version.to])
  }
  const { cost, provenance, holes, version, heads, bindings, body } = entry
  const copy = { size: body.length, writeTo: (target: Buffer, at: number) => body.copy(target, at) }
  const bytes = writeEntry(key, copy, { ends, cost, provenance, tags, holes, version, heads, bindings })
  return { key, value: bytes, ttl: Number.isSafeInteger(ttl) ? ttl : FOREVER }
}

/** Invalidates, in the other store, tags whose version has changed during the copy. */
async function invalidateChanged(
  from: Store,
  to: Store,
  versions: readonly Version[],
  batch: number,
  copied: Copied,
): Promise<void> {
  for (let begin = 0; begin < versions.length; begin += batch) {
    const some = versions.slice(begin, begin + batch)
    const now = await from.getMany(some.map(({ key }) => key))
    const changed = some.filter((version, n) => !(now[n] as Buffer | null)?.equals?.(version.from))
    await to.stampMany(changed.map(({ key }) => ({ key, kind: 'invalidated', ttl: VERSION_TTL })))
    copied.invalidatedMeanwhile += changed.length
  }
}
