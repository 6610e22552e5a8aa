import type { Redis } from 'ioredis'

/** One line of a batch, as the Lua module writes it. */
export interface Line {
  readonly kind?: 'main' | 'sub'
  readonly route?: string
  readonly cache?: string
  readonly requests: number
  /** Time of each request, in ms. */
  readonly ms?: number
}

/** A worker of nginx, as far as Redis sees it. */
export class Worker {
  readonly #redis: Redis
  readonly #boot: string
  #sequence = 0

  constructor(redis: Redis, boot: string) {
    this.#redis = redis
    this.#boot = boot
  }

  /** Sends a batch. @returns a function that sends it once more, as for a lost reply */
  async send(lines: readonly Line[], age = 0, id = '*'): Promise<() => Promise<unknown>> {
    const series = lines.map(lineOf).join('\n')
    const sequence = String(++this.#sequence)
    const fields = ['version', '1', 'node', 'web1', 'worker', '0', 'boot', this.#boot, 'sequence', sequence]
    const more = ['from', '0', 'to', '0', 'age', String(age), 'dropped', '1', 'series', series]
    const add = () => this.#redis.xadd('onetrip:nginx:seconds', id, ...fields, ...more)
    await add()
    return add
  }
}

/** Below 16 ms a bucket is one ms. */
function lineOf({ kind = 'main', route = '/', cache = 'HIT', requests, ms = 0 }: Line): string {
  const upstream = cache === 'HIT' ? [0, 0] : [requests, requests * ms]
  const histogram = `${ms}:${requests}`
  return [
    kind,
    route,
    cache,
    requests,
    cache === 'HIT' ? 0 : 1,
    requests * 100,
    requests,
    requests * ms,
    ...upstream,
    histogram,
    cache === 'HIT' ? '' : histogram,
  ].join('\t')
}
