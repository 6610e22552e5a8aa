import { vi } from 'vitest'
import type { Store } from '../../src/stores/store.ts'

/** Reads until all of the keys are answered by copies of a first tier. */
export async function untilCopied(store: Store, ...keys: readonly string[]): Promise<void> {
  const read = async () => {
    await store.getMany(keys).catch(() => {})
    if (!store.getCopies?.(keys)) throw new Error(`not copied: ${keys}`)
  }
  await vi.waitFor(read, { timeout: 300_000, interval: 5 })
}

/** Waits until all earlier writes were reported to a first tier: reports arrive in order. */
export async function untilTold(store: Store, writer: Store, key = 'told'): Promise<void> {
  await writer.setMany([{ key, value: Buffer.from('x'), ttl: 600_000 }])
  await untilCopied(store, key)
  await writer.deleteMany([key])
  await vi.waitUntil(() => !store.getCopies?.([key]), { timeout: 300_000, interval: 5 })
}
