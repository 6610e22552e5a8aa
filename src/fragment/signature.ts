import { createHmac, timingSafeEqual } from 'node:crypto'
import { HEAD_LENGTH } from '../stores/store.ts'

const LENGTH = 32

/**
 * Signs entries with HMAC-SHA-256 (RFC 2104), over the key and all of the entry but the head, which the store makes.
 * What somebody else wrote to the store is no entry then. The first secret signs; all of them are accepted, so that a
 * secret can be replaced while entries of the old one live on.
 */
export class Signatures {
  readonly #secrets: readonly [string, ...string[]]

  constructor(secrets: readonly [string, ...string[]]) {
    this.#secrets = secrets
  }

  sign(key: string, entry: Buffer): Buffer {
    return Buffer.concat([entry, hmac(this.#secrets[0], key, entry)])
  }

  /** The value without its signature; `undefined` where none of the secrets has made that. */
  open(key: string, value: Buffer): Buffer | undefined {
    const end = value.length - LENGTH
    if (end < HEAD_LENGTH) return undefined
    const entry = value.subarray(HEAD_LENGTH, end)
    const signature = value.subarray(end)
    const known = this.#secrets.some((secret) => timingSafeEqual(hmac(secret, key, entry), signature))
    return known ? value.subarray(0, end) : undefined
  }
}

function hmac(secret: string, key: string, entry: Buffer): Buffer {
  return createHmac('sha256', secret)
    .update(`${Buffer.byteLength(key)}:${key}`)
    .update(entry)
    .digest()
}
