import assert from 'node:assert/strict'
import type { Store, StoreCapabilities, Write } from '../../stores/store.ts'

/** A test of one behaviour. */
export interface StoreCase {
  readonly title: string
  /** The test is left out for stores that cannot do this. */
  readonly needs?: 'shared' | 'conditional' | 'listing'
  readonly run: (test: StoreTest) => Promise<void>
}

/** The time by which entries expire. */
export interface StoreTime {
  /** Returns the time in ms since 1970. */
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
  /** Prefix of the keys of this test. */
  readonly prefix: string
}

/** A TTL that does not end while a test runs, in ms. */
export const LONG = 60_000

export function write(key: string, value: Buffer | string, more: Partial<Write> = {}): Write {
  return { key, value: Buffer.from(value as string), ttl: LONG, ...more }
}

/** Reads a key. Fails the test if it was not read. */
export async function read(store: Store, key: string): Promise<Buffer | null> {
  const [found] = await store.getMany([key])
  assert.ok(!(found instanceof Error), `${key} was not read: ${found}`)
  assert.notEqual(found, undefined, 'getMany answers one value for each key')
  return found as Buffer | null
}

/** Reads a value, without its stamp. Fails the test if the key is absent. */
export async function readValue(store: Store, key: string): Promise<Buffer> {
  return bytesOf(await read(store, key), key)
}

export function bytesOf(found: Buffer | null | Error | undefined, key: string): Buffer {
  assert.ok(Buffer.isBuffer(found), `${JSON.stringify(key)} reads ${found} instead of a Buffer`)
  return found.subarray(STAMP)
}

export function stampOf(found: Buffer | null | Error | undefined): Buffer {
  assert.ok(Buffer.isBuffer(found), `${found} instead of a stamp`)
  assert.ok(found.length >= STAMP, `${found.length} bytes are not a stamp`)
  return found.subarray(0, STAMP)
}

/** Bytes of a stamp. Not imported from the contract, so that the suite notices a change. */
const STAMP = 17
