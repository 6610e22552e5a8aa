import type { MetricsRedis } from '../metrics/metrics-redis.ts'
import { type NginxReader, readNginx } from '../metrics/nginx/read-nginx.ts'

/** The numbers of nginx. The connection for them is opened when they are first asked for. */
export class NginxSource {
  readonly #redis: MetricsRedis
  readonly #prefix: string
  #reader: NginxReader | undefined

  constructor(redis: MetricsRedis, prefix: string) {
    this.#redis = redis
    this.#prefix = prefix
  }

  series(range: Parameters<NginxReader['series']>[0]): ReturnType<NginxReader['series']> {
    this.#reader ??= readNginx(this.#redis, { prefix: this.#prefix })
    return this.#reader.series(range)
  }

  async close(): Promise<void> {
    await this.#reader?.close()
  }
}
