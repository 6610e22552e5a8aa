import { type Clock, processClock } from '../../clock.ts'
import type { MetricsRange, SeriesRange } from '../metrics-reader.ts'
import { readRange, readSeriesRange, STEP_LENGTH } from '../time-range.ts'
import { FollowedFile } from './followed-file.ts'
import { countRequest, loggedRequest } from './log-line.ts'
import type { NginxMiss } from './miss-lines.ts'
import { addNginxNumbers, emptyNginxNumbers, type NginxNumbers } from './nginx-numbers.ts'
import type { NginxReader } from './read-nginx.ts'

/** How long seconds, and minutes, are kept, in ms. */
const SECONDS_KEPT = 5 * STEP_LENGTH.minute
const MINUTES_KEPT = 2 * STEP_LENGTH.day
const MAX_MISSES = 10_000

/**
 * Reads what nginx wrote to a JSON log in the format of deploy/nginx: the way without Lua. Each
 * call reads what was added since the last one, also after the file was rotated. Numbers are kept
 * in memory: of the last two days, by minutes.
 *
 * @example
 * ```ts
 * const nginx = readNginxLog('/var/log/nginx/onetrip.log')
 * const { hitRatio } = nginxReport(await nginx.totals())
 * await nginx.close()
 * ```
 */
export function readNginxLog(path: string): NginxReader {
  return new NginxLogReader(path)
}

/** Numbers of a log. */
export class NginxLogReader implements NginxReader {
  readonly #file: FollowedFile
  readonly #clock: Clock
  readonly #seconds = new Map<number, NginxNumbers>()
  readonly #minutes = new Map<number, NginxNumbers>()
  #misses: NginxMiss[] = []
  #reading: Promise<void> | undefined

  constructor(path: string, clock: Clock = processClock) {
    this.#file = new FollowedFile(path)
    this.#clock = clock
  }

  async totals(range: MetricsRange = {}): Promise<NginxNumbers> {
    const now = this.#clock.wall()
    const { from, to } = readRange(range, now)
    await this.#update()
    const isRecent = from > now - SECONDS_KEPT
    const length = isRecent ? STEP_LENGTH.second : STEP_LENGTH.minute
    const total = emptyNginxNumbers(Math.floor(from / length) * length, to)
    for (const [start, numbers] of isRecent ? this.#seconds : this.#minutes)
      if (start >= total.from && start < to) addNginxNumbers(total, numbers)
    return total
  }

  async series(range: SeriesRange): Promise<NginxNumbers[]> {
    const { from, to, step } = readSeriesRange(range, this.#clock.wall())
    await this.#update()
    const length = STEP_LENGTH[step]
    const count = (to - from) / length
    const steps = Array.from({ length: count }, (_, n) =>
      emptyNginxNumbers(from + n * length, from + (n + 1) * length),
    )
    for (const [start, numbers] of step === 'second' ? this.#seconds : this.#minutes) {
      const sum = steps[Math.floor((start - from) / length)]
      if (sum) addNginxNumbers(sum, numbers)
    }
    return steps
  }

  async misses(range: MetricsRange = {}): Promise<NginxMiss[]> {
    const { from, to } = readRange(range, this.#clock.wall())
    await this.#update()
    return this.#misses
      .filter(({ time }) => time >= from && time < to)
      .sort((one, other) => other.time - one.time)
  }

  async close(): Promise<void> {
    await this.#reading?.catch(() => {})
    await this.#file.close()
  }

  /** Reads what was added. Calls at one time share it. */
  #update(): Promise<void> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  async #read(): Promise<void> {
    for await (const line of this.#file.added()) {
      const request = loggedRequest(line)
      if (!request) continue
      countRequest(bucketAt(this.#minutes, request.time, STEP_LENGTH.minute), request)
      countRequest(bucketAt(this.#seconds, request.time, STEP_LENGTH.second), request)
      const { cache, upstreamTime } = request
      if (cache === 'MISS' || cache === 'EXPIRED')
        this.#misses.push({ ...request, upstreamTime: Math.max(0, upstreamTime) })
      if (this.#misses.length > 2 * MAX_MISSES) this.#misses = this.#misses.slice(-MAX_MISSES)
      if (this.#seconds.size > 1_000) this.#forget()
    }
    this.#forget()
  }

  #forget(): void {
    const newest = Math.max(...this.#minutes.keys())
    for (const start of this.#seconds.keys()) if (start < newest - SECONDS_KEPT) this.#seconds.delete(start)
    for (const start of this.#minutes.keys()) if (start < newest - MINUTES_KEPT) this.#minutes.delete(start)
  }
}

function bucketAt(buckets: Map<number, NginxNumbers>, time: number, length: number): NginxNumbers {
  const start = Math.floor(time / length) * length
  const known = buckets.get(start)
  if (known) return known
  const created = emptyNginxNumbers(start, start + length)
  buckets.set(start, created)
  return created
}
