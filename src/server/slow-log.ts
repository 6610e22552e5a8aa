import type { Config } from './config/config.ts'

/** Most arguments of a request that are kept, and their most characters. */
const MAX_ARGUMENTS = 32
const MAX_LENGTH = 128

/** A request that took long. */
export interface SlowRequest {
  readonly id: number
  /** In seconds since 1970. */
  readonly at: number
  /** In microseconds. */
  readonly duration: number
  readonly args: readonly string[]
  readonly address: string
  readonly clientName: string
}

/** The requests that took longer than `slowlog-log-slower-than`, newest first, for SLOWLOG. */
export class SlowLog {
  /** In microseconds; below 0 nothing is kept. */
  threshold = 0
  #capacity = 0
  #requests: SlowRequest[] = []
  #nextId = 0

  constructor(config: Config) {
    config.follow('slowlog-log-slower-than', (value) => {
      this.threshold = Number(value) < 0 ? Number.POSITIVE_INFINITY : Number(value)
    })
    config.follow('slowlog-max-len', (value) => {
      this.#capacity = Number(value)
    })
  }

  get requests(): readonly SlowRequest[] {
    return this.#requests
  }

  add(request: Omit<SlowRequest, 'id'>): void {
    const args = shortened(request.args)
    this.#requests.unshift({ ...request, id: this.#nextId++, args })
    this.#requests.length = Math.min(this.#requests.length, this.#capacity)
  }

  clear(): void {
    this.#requests = []
  }
}

function shortened(args: readonly string[]): string[] {
  const kept = args.slice(0, args.length > MAX_ARGUMENTS ? MAX_ARGUMENTS - 1 : MAX_ARGUMENTS).map((arg) => {
    const more = arg.length - MAX_LENGTH
    return more > 0 ? `${arg.slice(0, MAX_LENGTH)}... (${more} more bytes)` : arg
  })
  const more = args.length - kept.length
  return more > 0 ? [...kept, `... (${more} more arguments)`] : kept
}
