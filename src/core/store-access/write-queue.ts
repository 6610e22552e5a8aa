import { StoreError } from '../../errors.ts'
import type { Store, Touch, Write } from '../../stores/store.ts'
import type { Observers } from '../observe/observers.ts'

/** Most batches that are sent and not answered. */
const MAX_SENT = 16

/** The writes of one page. */
interface Batch {
  readonly writes: readonly Write[]
  readonly touches: readonly Touch[]
  readonly bytes: number
  readonly resolve: (results: readonly (boolean | Error)[]) => void
  readonly reject: (error: unknown) => void
}

/** Writes that wait for the store: one that is slower than the pages does not fill the memory. */
export class WriteQueue {
  readonly #store: Store
  readonly #maxBytes: number
  readonly #onRefused: () => void
  readonly #observers: Observers
  readonly #waiting = new Set<Batch>()
  #sent = 0
  #bytes = 0

  /**
   * @param maxBytes most bytes that wait; beyond them the oldest batches are dropped
   * @param onRefused called if the store has refused a write: its condition did not hold, or it
   *   came too late
   */
  constructor(store: Store, maxBytes: number, onRefused: () => void, observers: Observers) {
    this.#observers = observers
    this.#store = store
    this.#maxBytes = maxBytes
    this.#onRefused = onRefused
  }

  /**
   * Writes a batch.
   * @returns what `setMany` answers
   * @throws what the store throws, and StoreError if the writes were dropped
   */
  add(writes: readonly Write[], touches: readonly Touch[]): Promise<readonly (boolean | Error)[]> {
    return new Promise((resolve, reject) => {
      const bytes = writes.reduce((sum, { value }) => sum + value.length, 0)
      this.#waiting.add({ writes, touches, bytes, resolve, reject })
      this.#bytes += bytes
      this.#send()
      for (const oldest of this.#waiting) {
        if (this.#bytes <= this.#maxBytes) break
        this.#drop(oldest, `more than ${this.#maxBytes} bytes waited to be stored (maxPendingBytes)`)
      }
    })
  }

  /** True while a batch waits, or is not answered yet. */
  get busy(): boolean {
    return this.#sent > 0 || this.#waiting.size > 0
  }

  /** Drops what was not sent yet. */
  close(): void {
    for (const batch of this.#waiting) this.#drop(batch, 'the cache was closed before it could be stored')
  }

  #drop(batch: Batch, why: string): void {
    this.#take(batch)
    batch.reject(new StoreError(`Dropped: ${why}`))
  }

  #take(batch: Batch): void {
    this.#waiting.delete(batch)
    this.#bytes -= batch.bytes
  }

  #send(): void {
    for (const batch of this.#waiting) {
      if (this.#sent === MAX_SENT) return
      this.#take(batch)
      void this.#sendOne(batch)
    }
  }

  async #sendOne({ writes, touches, resolve, reject }: Batch): Promise<void> {
    this.#sent++
    try {
      const [results] = await Promise.all([
        this.#observers.measured('write', writes.length, () => this.#store.setMany(writes)),
        touches.length > 0 ? this.#store.touchMany(touches) : undefined,
      ])
      if (results.includes(false)) this.#onRefused()
      resolve(results)
    } catch (error) {
      reject(error)
    } finally {
      this.#sent--
      this.#send()
    }
  }
}
