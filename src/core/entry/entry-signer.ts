import { createHmac, timingSafeEqual } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { STAMP_LENGTH } from '../../stores/store.ts'
import { type Entry, readEntry } from './entry.ts'

/**
 * After a signed entry: the time of its signature (a double, the store's ms), and the signature.
 */
const TIME_LENGTH = 8
const LENGTH = 32
export const SIGNATURE_LENGTH = TIME_LENGTH + LENGTH

/** Most tags whose last version is kept sealed. */
const MAX_SEALS = 10_000

/** The version of a tag, sealed by each of the secrets. */
interface Seals {
  readonly version: Buffer
  readonly seals: readonly [Buffer, ...Buffer[]]
}

/**
 * Signs entries with HMAC-SHA-256 (RFC 2104), over the key, the entry, and the time. The stamp is
 * not signed, since the store makes it: a signed entry's lifetime counts from its signature.
 *
 * A signed entry keeps the versions of its tags *sealed*, by an HMAC of each: no other client can
 * make up a version that fits a stored entry.
 *
 * The first secret signs, and all are accepted, so that a secret can be replaced.
 */
export class EntrySigner {
  readonly #secrets: readonly [string, ...string[]]
  readonly #seals = new LRUCache<string, Seals>({ max: MAX_SEALS })

  constructor(secrets: readonly [string, ...string[]]) {
    this.#secrets = secrets
  }

  /** Returns an entry with its signature. @param at the store's time */
  sign(key: string, entry: Buffer, at: number): Buffer {
    const time = Buffer.allocUnsafe(TIME_LENGTH)
    time.writeDoubleBE(at)
    return Buffer.concat([entry, time, hmac(this.#secrets[0], 'entry', key, entry, time)])
  }

  /**
   * Parses a signed entry; undefined if no secret has signed it, or it is no entry of this place.
   */
  readEntry(key: string, value: Buffer, place: object): Entry | undefined {
    const end = value.length - LENGTH
    const time = end - TIME_LENGTH
    if (time < STAMP_LENGTH) return undefined
    const signed = value.subarray(STAMP_LENGTH, end)
    const signature = value.subarray(end)
    const isKnown = this.#secrets.some((secret) =>
      timingSafeEqual(hmac(secret, 'entry', key, signed), signature),
    )
    return isKnown ? readEntry(key, value.subarray(0, time), place, value.readDoubleBE(time)) : undefined
  }

  /** Returns the version of a tag as an entry keeps it. */
  seal(tag: string, version: Buffer): Buffer {
    return this.#sealsOf(tag, version)[0]
  }

  /** Returns true if an entry keeps this version. Not in constant time: a signed entry is known. */
  isSealOf(tag: string, version: Buffer, sealed: Buffer): boolean {
    for (const seal of this.#sealsOf(tag, version)) if (seal.equals(sealed)) return true
    return false
  }

  #sealsOf(tag: string, version: Buffer): Seals['seals'] {
    const known = this.#seals.get(tag)
    if (known?.version.equals(version)) return known.seals
    const [first, ...others] = this.#secrets
    const sealBy = (secret: string) => hmac(secret, 'version', tag, version).subarray(0, STAMP_LENGTH)
    const seals: Seals['seals'] = [sealBy(first), ...others.map(sealBy)]
    this.#seals.set(tag, { version: Buffer.from(version), seals })
    return seals
  }
}

/** @param use separates what is signed for one use from another */
function hmac(secret: string, use: string, name: string, ...parts: readonly Buffer[]): Buffer {
  const hash = createHmac('sha256', secret).update(`${use} ${Buffer.byteLength(name)}:${name}`)
  for (const part of parts) hash.update(part)
  return hash.digest()
}
