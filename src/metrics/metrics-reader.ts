import type { Snapshot } from './snapshot.ts'

/** Length of one span of a series. Days are those of UTC. */
export type MetricsStep = 'second' | 'minute' | 'hour' | 'day'

/** A span of time. */
export interface MetricsRange {
  /**
   * Begin, in ms since 1970.
   * @defaultValue as early as numbers are kept
   */
  readonly from?: number | Date | undefined
  /**
   * First ms after the end, in ms since 1970.
   * @defaultValue now
   */
  readonly to?: number | Date | undefined
}

/** A span of time in steps. */
export interface SeriesRange extends MetricsRange {
  /**
   * Begin, in ms since 1970.
   * @defaultValue 60 steps before `to`
   */
  readonly from?: number | Date | undefined
  readonly step: MetricsStep
}

/** A process that counts. */
export interface MetricsProcess {
  /** Name of the process, or its host and pid, with a random part that is new at each start. */
  readonly id: string
  readonly pid: number
  readonly host: string
  /** When it last said that it is there, in ms since 1970. */
  readonly seen: number
  /** Pages since its start. */
  readonly pages: number
}

/** Reads numbers: of one process, or of all processes of a site. */
export interface MetricsReader {
  /**
   * Returns the sum of a span of time, which is widened to whole steps; `from` and `to` of the
   * result say what it covers.
   *
   * @throws OptionError, ClosedError, StoreError
   */
  totals(range?: MetricsRange): Promise<Snapshot>
  /**
   * Returns a snapshot for each step of a span, also for those in which nothing was counted.
   *
   * @throws OptionError, ClosedError, StoreError
   */
  series(range: SeriesRange): Promise<Snapshot[]>
  /**
   * Returns the processes that said in the last ten minutes that they are there and have not ended
   * since, those with the most pages first.
   *
   * @throws ClosedError, StoreError
   */
  processes(): Promise<MetricsProcess[]>
  close(): Promise<void>
}
