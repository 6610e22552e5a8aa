import type { CacheHost } from './cache-host.ts'
import type { DefinedFragment } from './definition/define-fragment.ts'
import type { ParamsOf } from './definition/params.ts'
import { FragmentRenderer } from './fragment-renderer.ts'
import { type InspectedEntry, inspectEntry } from './inspect/inspect-entry.ts'
import type { CurrentPage } from './page-context.ts'
import type { FragmentId } from './tags/invalidation-arguments.ts'
import type { TraceSampler, TraceSamplingOptions } from './trace/tracing.ts'

type Host = Pick<CacheHost<CurrentPage>, 'services' | 'pending' | 'tasks' | 'checkOpen'>

/** The part of a cache that shows what it has stored, and what its pages do. */
export abstract class InspectableCache extends FragmentRenderer {
  readonly #host: Host

  /** @internal */
  constructor(host: Host) {
    super(host)
    this.#host = host
  }

  /**
   * Returns what is stored of a fragment, whether a page would show it now, and if not, why: as
   * seen by this process, by the rules that pages have. Takes one round trip, and a second one
   * where the entry has tags that this process has not met. Changes nothing, and counts nowhere as
   * a hit.
   *
   * Macros, imports and blocks that a body takes from its page are not compared, nor are templates
   * where the cache has no engine.
   *
   * @example
   * const { valid, explanation } = await cache.inspect('card', film.id)
   * const byLocale = { name: 'sidebar', parts: [{ id: 42 }], vary: { locale: 'de' } }
   * const sidebar = await cache.inspect(byLocale)
   * @throws OptionError, KeyPartError, and StoreError if the store cannot be reached
   */
  async inspect(fragment: string | FragmentId, ...parts: unknown[]): Promise<InspectedEntry>
  async inspect<P extends ParamsOf<P>>(fragment: DefinedFragment<P>, params: P): Promise<InspectedEntry>
  async inspect(
    fragment: string | FragmentId | DefinedFragment<never>,
    ...parts: unknown[]
  ): Promise<InspectedEntry> {
    this.#host.checkOpen()
    return inspectEntry(fragment, parts, this.#host.services)
  }

  /**
   * Traces one page in `every` from now on, and keeps the newest traces: each with the steps of its
   * page and their times. Pages that are not traced pay nothing for it.
   *
   * @example
   * const sampler = cache.sampleTraces({ every: 100, keep: 50 })
   * for (const { template, spans } of sampler.recent) console.log(template, spans)
   * @throws OptionError
   */
  sampleTraces(options: TraceSamplingOptions = {}): TraceSampler {
    this.#host.checkOpen()
    return this.#host.services.tracing.sample(options)
  }
}
