import type { Database } from './lmdb-store.ts'
import { expiresOf, isBare, writtenAt } from './record.ts'

/** How often what has ended is looked for, in milliseconds, and how many records at a time. */
const EVERY = 1_000
const PAGE = 200
/** After how many writes the size is looked at. */
const LOOK_AFTER = 64
/** How many pages one call goes through to make room, at most. */
const MOST_PAGES = 500

/**
 * Removes what has ended, little by little, and makes room where the store is full. It goes round all records: of each page it
 * takes what was written first. Versions and tombstones are never taken before their time: without them old content could
 * come back. Several processes may do so at once.
 */
export class Sweeper {
  readonly #database: Database
  readonly #maxBytes: number
  readonly #timer: NodeJS.Timeout
  #hand: Buffer | undefined
  #writes = 0

  constructor(database: Database, maxBytes: number) {
    this.#database = database
    this.#maxBytes = maxBytes
    this.#timer = setInterval(() => this.#sweep(), EVERY).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** To be called after each write. */
  wrote(count: number): void {
    this.#writes += count
    if (this.#writes < LOOK_AFTER) return
    this.#writes = 0
    if (this.#used() > this.#maxBytes) this.makeRoom()
  }

  makeRoom(): void {
    const enough = this.#maxBytes * 0.9
    for (let pages = 0; pages < MOST_PAGES && this.#used() > enough; pages++) this.#turn(true)
  }

  #sweep(): void {
    try {
      this.#turn(this.#used() > this.#maxBytes)
    } catch {
      // Another time. Nothing depends on it.
    }
  }

  /** Bytes in pages that hold something. */
  #used(): number {
    const { pageSize, treeBranchPageCount, treeLeafPageCount, overflowPages } =
      this.#database.getStats() as Record<
        'pageSize' | 'treeBranchPageCount' | 'treeLeafPageCount' | 'overflowPages',
        number
      >
    return pageSize * (treeBranchPageCount + treeLeafPageCount + overflowPages)
  }

  /** Goes through the next page of records. */
  #turn(isFull: boolean): void {
    this.#database.resetReadTxn()
    const range = this.#hand ? { start: this.#hand, limit: PAGE } : { limit: PAGE }
    const page = [...this.#database.getRange(range)].map(({ key, value }) => ({
      key: Buffer.from(key),
      value,
    }))
    const last = page.at(-1)
    this.#hand = page.length === PAGE && last ? Buffer.concat([last.key, Buffer.of(0)]) : undefined
    const now = Date.now()
    const ended = page.filter(({ value }) => !(now < expiresOf(value)))
    const first = isFull
      ? page
          .filter(({ value }) => now < expiresOf(value) && !isBare(value))
          .sort((a, b) => writtenAt(a.value) - writtenAt(b.value))
      : []
    const taken = [...ended, ...first.slice(0, Math.ceil(first.length / 4))]
    if (taken.length === 0) return
    this.#database.transactionSync(() => {
      for (const { key, value } of taken) {
        // It may have been written anew.
        if (this.#database.getBinary(key)?.equals(value)) this.#database.removeSync(key)
      }
    })
  }
}
