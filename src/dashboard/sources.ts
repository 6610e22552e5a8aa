import type { InspectedEntry } from '../core/inspect/inspect-entry.ts'
import type { FragmentId } from '../core/tags/invalidation-arguments.ts'
import type { PageTrace } from '../core/trace/page-trace.ts'
import type { NginxReader } from '../metrics/nginx/read-nginx.ts'
import type { Snapshot } from '../metrics/snapshot.ts'
import type { Finding } from './findings.ts'
import type { ShownQueue } from './shown-queue.ts'

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

/** The part of the cache that the live page calls. */
export interface InspectedCache {
  invalidate(...tags: string[]): Promise<void>
  inspect(fragment: FragmentId): Promise<InspectedEntry>
}

/** All that the live page reads, and what it calls. */
export interface Sources {
  readonly cache: InspectedCache
  readonly numbers: NumbersReader
  readonly queues: readonly ShownQueue[]
  /** Findings of this process. */
  readonly findings: { readonly list: readonly Finding[] }
  /** Traces of recent pages of this process; undefined: none are made. */
  readonly traces: { readonly recent: readonly PageTrace[] } | undefined
  /** Numbers of nginx in front of the site; undefined without Redis. */
  readonly nginx: Pick<NginxReader, 'series'> | undefined
  /** Time, in ms since 1970. */
  now(): number
}
