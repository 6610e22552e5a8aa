import { OptionError } from '../../errors.ts'
import type { Duration } from '../../options/duration.ts'
import { type Expirations, readGrace, readTtl, spread } from '../entry/lifetime.ts'
import type { ResolvedOptions } from '../options/cache-options.ts'
import { sentence } from './call.ts'

/** How long values are kept, by the options of a function or a call. */
export class ValueLifetime {
  readonly #ttl: number
  readonly #whileRevalidate: number
  readonly #ifError: number
  readonly #jitter: number

  /** @param title names them in a message. @throws OptionError, DurationError */
  constructor(
    { ttl, stale }: { readonly ttl?: Duration | undefined; readonly stale?: Duration | undefined },
    title: string,
    cache: Pick<ResolvedOptions, 'ttl' | 'jitter' | 'staleWhileRevalidate' | 'staleIfError'>,
  ) {
    const own = ttl === undefined ? cache.ttl : readTtl(ttl, () => `The ttl of ${title}`)
    if (own === undefined)
      throw new OptionError(
        `${sentence(title)} has no ttl: pass one, such as { ttl: '5m' }, or give the cache one.`,
      )
    const grace = stale === undefined ? undefined : readGrace(stale, () => `The stale of ${title}`)
    this.#ttl = own
    this.#whileRevalidate = grace ?? cache.staleWhileRevalidate
    this.#ifError = grace ?? cache.staleIfError
    this.#jitter = cache.jitter
  }

  /** Returns how long a value may be given from now on. */
  newEnds(): Expirations {
    const fresh = spread(this.#ttl, this.#jitter)
    return { fresh, revalidate: fresh + this.#whileRevalidate, onError: fresh + this.#ifError }
  }
}
