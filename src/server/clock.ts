/** Takes what an alarm throws: the other alarms run nevertheless. */
interface FaultListener {
  tell(where: string, thrown: unknown): void
}

/** A call that is due at a time. */
export interface Alarm {
  readonly at: number
  readonly fn: () => void
}

// Taken when this module is loaded: fake timers that a test installs later do not stop the server.
const { performance, setTimeout, clearTimeout } = globalThis
const { timeOrigin } = performance

/** Milliseconds from any beginning, with a fraction. `advance()` does not change them. */
export const elapsed: () => number = performance.now.bind(performance)

/** Longest delay of a timer of Node.js, in ms. */
const MAX_DELAY = 2 ** 31 - 1

/**
 * The server's time: that of the machine, plus all that `advance()` has added. It never goes back.
 * All that waits for a time is an alarm of this clock, so that `advance()` reaches it.
 */
export class ServerClock {
  /** Milliseconds since 1970, whole ones. Read anew by `refresh()`, once for each chunk. */
  now = 0
  /** When the clock was read last, in ms of `elapsed()`. */
  readAt = 0
  #offset = 0
  /** Ordered by time. */
  readonly #alarms: Alarm[] = []
  #timer: NodeJS.Timeout | undefined
  #closed = false
  /** Called after alarms have run. */
  readonly #afterAlarms: () => void
  readonly #faults: FaultListener

  constructor(afterAlarms: () => void, faults: FaultListener) {
    this.#afterAlarms = afterAlarms
    this.#faults = faults
    this.refresh()
  }

  /** Reads the machine's time. */
  refresh(): void {
    this.now = Math.floor(timeOrigin + this.read() + this.#offset)
  }

  /** Returns a new `readAt`, and leaves `now` as it is: to measure how long something takes. */
  read(): number {
    this.readAt = elapsed()
    return this.readAt
  }

  /** Microseconds since 1970, whole ones. */
  micros(): number {
    return Math.floor(this.#exact() * 1_000)
  }

  #exact(): number {
    return timeOrigin + elapsed() + this.#offset
  }

  /** Calls a function at a time, in ms since 1970. Does not keep the process alive. */
  schedule(at: number, fn: () => void): Alarm {
    const alarm = { at, fn }
    const alarms = this.#alarms
    let n = alarms.length
    while (n > 0 && (alarms[n - 1] as Alarm).at > at) n--
    alarms.splice(n, 0, alarm)
    if (n === 0) this.#setTimer()
    return alarm
  }

  cancel(alarm: Alarm | undefined): void {
    const at = alarm ? this.#alarms.indexOf(alarm) : -1
    if (at < 0) return
    this.#alarms.splice(at, 1)
    if (at === 0) this.#setTimer()
  }

  /** Moves the time forward. Alarms on the way run in their order, each at its time. */
  advance(ms: number): void {
    const target = this.#exact() + ms
    for (;;) {
      const first = this.#alarms[0]
      if (!first || first.at > target) break
      this.#offset += Math.max(0, first.at - this.#exact())
      this.#alarms.shift()
      this.now = Math.max(this.now, first.at)
      this.#run(first.fn)
    }
    this.#offset += Math.max(0, target - this.#exact())
    this.refresh()
    this.#setTimer()
    this.#run(this.#afterAlarms)
  }

  /** Drops all alarms, and runs none that is set later. */
  close(): void {
    this.#closed = true
    this.#alarms.length = 0
    clearTimeout(this.#timer)
  }

  #setTimer(): void {
    clearTimeout(this.#timer)
    const first = this.#alarms[0]
    if (!first || this.#closed) return
    const delay = Math.min(MAX_DELAY, Math.max(0, Math.ceil(first.at - this.#exact())))
    this.#timer = setTimeout(() => this.#runDue(), delay).unref()
  }

  #runDue(): void {
    this.refresh()
    for (;;) {
      const first = this.#alarms[0]
      if (!first || first.at > this.now) break
      this.#alarms.shift()
      this.#run(first.fn)
    }
    this.#setTimer()
    this.#run(this.#afterAlarms)
  }

  #run(fn: () => void): void {
    try {
      fn()
    } catch (thrown) {
      this.#faults.tell('a timer', thrown)
    }
  }
}
