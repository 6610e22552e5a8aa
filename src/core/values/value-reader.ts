import { StoreError } from '../../errors.ts'
import { type Copy, STAMP_LENGTH } from '../../stores/store.ts'
import { type Entry, readEntry } from '../entry/entry.ts'
import { type Expirations, isEarly, lasting } from '../entry/lifetime.ts'
import type { Services } from '../services.ts'
import { Deadline } from '../store-access/deadline.ts'
import type { Found } from '../store-access/read-batcher.ts'
import type { TripCounter } from '../store-access/trip-counter.ts'
import { type ReadContext, readKeys } from '../tags/read-keys.ts'
import { type TagVersion, TagVersions, tagKey } from '../tags/tag-versions.ts'

/** In the place of what fragments are made of: no template's code shapes a value. */
export const MADE_OF_VALUE = 'value'
/** Of what is absent. */
const OVER = lasting(Number.NEGATIVE_INFINITY)
/** Where the headers of values are remembered. */
const VALUES = {}

/** A value that is asked for. */
export interface Wanted {
  readonly key: string
  /** Those that it is known to have. */
  readonly tags: readonly string[]
}

/** What was found of a value. */
export interface FoundValue {
  readonly key: string
  /**
   * `early`: a hit that is to be made anew before its time; `stale`: shown while it is made anew; `fallback`: shown where
   * making it anew fails; `absent`: also where it was invalidated, or the store could not say.
   */
  readonly state: 'fresh' | 'early' | 'stale' | 'fallback' | 'absent'
  /** What stands at its key: a head, `null` for nothing, an Error where it was not read. */
  readonly head: Buffer | null | Error
  /** What {@link Codec} reads, unless it is absent. */
  readonly body: Buffer | undefined
  /** The bytes that the body is a part of. */
  readonly whole: Buffer | undefined
  /** Until when it may be given, by the store's clock. */
  readonly until: Expirations
  /** With the versions that it was made with. */
  readonly tags: readonly TagVersion[]
  /** Those of its tags that were read with it, or before. */
  readonly versions: TagVersions
}

export function isHit({ state }: FoundValue): boolean {
  return state === 'fresh' || state === 'early'
}

function endsAt({ freshUntil, revalidateUntil, errorUntil }: Entry): Expirations {
  return { fresh: freshUntil, revalidate: revalidateUntil, onError: errorUntil }
}

/** Reads values, as fragments are read: keys and the versions of their tags, in one trip with all that is read in this turn. */
export class ValueReader {
  readonly #services: Services
  readonly #trips: () => TripCounter | undefined

  /** @param trips the counter of the page that the running code belongs to */
  constructor(services: Services, trips: () => TripCounter | undefined) {
    this.#services = services
    this.#trips = trips
  }

  /** Never rejects. @param trips of the page that it is for, where that is known */
  async read(wanted: readonly Wanted[], trips = this.#trips()): Promise<FoundValue[]> {
    const { store, time, knownTags, options, clears } = this.#services
    const context = {
      versions: new TagVersions(this.#services.signer),
      deadline: new Deadline(options.timeout, time),
      trips,
    }
    const keys = wanted.map(({ key }) => key)
    const tags = context.versions.unread(wanted.flatMap(({ key, tags }) => [...tags, ...knownTags.of(key)]))
    const held = this.#held(keys, tags, context)
    const cleared = held ? undefined : clears.refresh()
    const reading = held ?? readKeys(keys, tags, context, this.#services)
    const values = await reading
    if (cleared) await cleared
    const now = store.now()
    const entries = values.map((value, n) => this.#entryOf(keys[n] as string, value))
    const surprises = context.versions.unread(
      entries.flatMap((entry) => entry?.tags.map(([tag]) => tag) ?? []),
    )
    if (surprises.length > 0) await readKeys([], surprises, context, this.#services)
    return wanted.map((one, n) =>
      this.#found(one, values[n] as Found[number], entries[n], now, context.versions),
    )
  }

  /** What the store has copies of in this process. */
  #held(
    keys: readonly string[],
    tags: readonly string[],
    { versions, trips }: ReadContext,
  ): Found | undefined {
    const { store, keyPrefix } = this.#services
    const held = store.copies([...keys, ...tags.map((tag) => tagKey(keyPrefix, tag))], trips)
    if (!held) return undefined
    tags.forEach((tag, n) => {
      versions.note(tag, (held[keys.length + n] as Copy).bytes)
    })
    return held.slice(0, keys.length).map(({ bytes }) => bytes)
  }

  #entryOf(key: string, value: Found[number]): Entry | undefined {
    if (!Buffer.isBuffer(value)) return undefined
    const { signer, knownTags } = this.#services
    const entry = signer ? signer.readEntry(key, value, VALUES) : readEntry(key, value, VALUES)
    if (entry?.provenance !== MADE_OF_VALUE) return undefined
    if (entry.tags.length > 0) {
      knownTags.remember(
        key,
        entry.tags.map(([tag]) => tag),
      )
    }
    return entry
  }

  #found(
    { key, tags }: Wanted,
    value: Found[number],
    entry: Entry | undefined,
    now: number,
    versions: TagVersions,
  ): FoundValue {
    const known =
      Number.isNaN(now) && value !== null ? new StoreError("The store's clock is not known") : value
    // A copy: what the store gave may be a view into all that the socket delivered.
    const head = Buffer.isBuffer(known) ? Buffer.from(known.subarray(0, STAMP_LENGTH)) : known
    const state = entry && !(head instanceof Error) ? this.#stateOf(entry, tags, now, versions) : 'absent'
    // What is no hit may have been a copy: the next read is to see what the store has then.
    if (state === 'absent' && Buffer.isBuffer(value)) this.#services.store.dropCopies([key])
    const there = state === 'absent' ? undefined : entry
    const until = there ? endsAt(there) : OVER
    return {
      key,
      state,
      head,
      body: there?.body,
      whole: there?.stamp,
      until,
      tags: there?.tags ?? [],
      versions,
    }
  }

  #stateOf(entry: Entry, tags: readonly string[], now: number, versions: TagVersions): FoundValue['state'] {
    for (const [tag, head] of entry.tags) {
      if (!versions.isKept(tag, head)) return 'absent'
    }
    if (tags.some((tag) => !entry.tags.some(([own]) => own === tag))) return 'absent'
    const left = entry.freshUntil - now
    if (left > 0) return isEarly(entry.cost, left, this.#services.options.beta) ? 'early' : 'fresh'
    if (entry.revalidateUntil > now) return 'stale'
    return entry.errorUntil > now ? 'fallback' : 'absent'
  }
}
