import assert from 'node:assert/strict'
import type { Store, StoreCapabilities, Write } from '../../stores/store.ts'

/** One thing that a store is to do. */
export interface StoreCase {
  readonly title: string
  /** Left out for stores that do not keep this. */
  readonly needs?: 'shared' | 'conditional' | 'listing'
  readonly run: (test: StoreTest) => Promise<void>
}

/** The time that a store's lives end by. */
export interface StoreTime {
  /** Milliseconds since 1970. */
  now(): number
  /** Lets time pass. */
  sleep(ms: number): Promise<void>
}

export const machineTime: StoreTime = {
  now: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
}

export interface StoreTest {
  readonly store: Store
  /** Opens another one, of the same entries if the store is shared. */
  readonly open: () => Promise<Store>
  readonly capabilities: StoreCapabilities
  readonly time: StoreTime
  /** For the keys of this test alone. */
  readonly prefix: string
}

/** A life that does not end while a test runs. */
export const LONG = 60_000

export function write(key: string, value: Buffer | string, more: Partial<Write> = {}): Write {
  return { key, value: Buffer.from(value as string), ttl: LONG, ...more }
}

/** What one key reads; a key that was not read fails the test. */
export async function read(store: Store, key: string): Promise<Buffer | null> {
  const [found] = await store.getMany([key])
  assert.ok(!(found instanceof Error), `${key} was not read: ${found}`)
  assert.notEqual(found, undefined, 'getMany answers one value for each key')
  return found as Buffer | null
}

/** The bytes behind the head; fails where the key is absent. */
export async function readValue(store: Store, key: string): Promise<Buffer> {
  return bytesOf(await read(store, key), key)
}

export function bytesOf(found: Buffer | null | Error | undefined, key: string): Buffer {
  assert.ok(Buffer.isBuffer(found), `${JSON.stringify(key)} reads ${found} instead of a Buffer`)
  return found.subarray(HEAD)
}

export function headOf(found: Buffer | null | Error | undefined): Buffer {
  assert.ok(Buffer.isBuffer(found), `${found} instead of a head`)
  assert.ok(found.length >= HEAD, `${found.length} bytes are no head`)
  return found.subarray(0, HEAD)
}

/** Not imported from the contract: the suite would not see it change. */
const HEAD = 17
