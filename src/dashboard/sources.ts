import type { Snapshot } from '../metrics/snapshot.ts'
import type { TaskQueue } from '../queue/index.ts'

/** Step of a series. */
export type Step = 'second' | 'minute' | 'hour' | 'day'

/** A process whose numbers are known. */
export interface ProcessInfo {
  readonly id: string
  readonly pid: number
  readonly host: string
  /** Time of its last sign, in ms since 1970. */
  readonly seen: number
  readonly pages: number
}

/** The part of the numbers that the live page reads: of this process, or of all. */
export interface NumbersReader {
  series(span: { from: number; to: number; step: Step }): Promise<readonly Snapshot[]>
  processes(): Promise<readonly ProcessInfo[]>
}

/** An entry, as `cache.inspect()` gives it. */
export interface InspectedEntry {
  readonly key: string
  readonly found: boolean
}

/** The part of the cache that the live page calls. */
export interface InspectedCache {
  invalidate(...tags: string[]): Promise<void>
}

/** All that the live page reads, and what it calls. */
export interface Sources {
  readonly cache: InspectedCache
  readonly numbers: NumbersReader
  readonly queues: readonly TaskQueue[]
  /** Time, in ms since 1970. */
  now(): number
}
