import type { FragmentCache } from '../../core/fragment-cache.ts'
import { isPerVisitor } from '../../engines/data-policy.ts'
import { KeyPartError } from '../../errors.ts'
import { purgeKey } from '../../purge/purge-key.ts'
import { HTML } from '../answer.ts'
import type { FragmentUrls, NamedFragment } from './fragment-urls.ts'

/** An answer of the endpoint, for either framework to send. */
export interface EndpointAnswer {
  readonly status: 200 | 403 | 404
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** Answers requests of servers in front of the application for single fragments. */
export class FragmentsEndpoint {
  readonly urls: FragmentUrls
  readonly #cache: FragmentCache

  constructor(urls: FragmentUrls, cache: FragmentCache) {
    this.urls = urls
    this.#cache = cache
  }

  /**
   * Renders what a URL names.
   *
   * A URL without a valid signature is answered with 403, whatever it names. One that was signed
   * for a fragment, or for parameters, that this release does not have is answered with 404.
   * @param url the URL of the request, from its path on
   * @param request the framework's request, for options that are given it
   * @returns undefined if the URL is not below the path of the endpoint
   * @throws what the template or `load` of the fragment throws
   */
  answer(url: string, request: unknown): Promise<EndpointAnswer> | undefined {
    const { path } = this.urls
    if (!url.startsWith(`${path}/`)) return undefined
    const [name = '', ...query] = url.slice(path.length + 1).split('?')
    return this.#answer(name, query.join('?'), request)
  }

  async #answer(name: string, query: string, request: unknown): Promise<EndpointAnswer> {
    const named = this.urls.read(name, query)
    if (!named) return refusal(403)
    const { definitions } = this.#cache.host.services.options.fragments
    const fragment = definitions.get(named.name)
    if (!fragment) return refusal(404)
    try {
      fragment.paramsOf(named.params, '')
    } catch (error) {
      if (error instanceof KeyPartError) return refusal(404)
      throw error
    }
    const { name: known, params, vary } = named
    const { body, life, tags } = await this.#cache.renderForProxy(known, params, { request, vary })
    const seconds = this.#differsByMore(named) ? 0 : Math.min(Math.floor(life / 1000), YEAR)
    // By the name of the cache, all that is made of it is purged.
    const keys = [this.#cache.host.services.keyPrefix, ...tags].map(purgeKey).join(' ')
    return { status: 200, headers: headersFor(seconds, keys), body }
  }

  /** Returns true for what differs by more than its URL, and for what belongs to one visitor. */
  #differsByMore({ name, params, vary }: NamedFragment): boolean {
    const { options } = this.#cache.host.services
    const { vary: own = [] } = options.fragments.definitions.get(name)?.options ?? {}
    const isMissing = (one: string) => !Object.hasOwn(vary, one)
    if ([...own, ...options.defaultVary].some(isMissing)) return true
    return Object.keys(params).some((param) => isPerVisitor(param, options.dataPolicy))
  }
}

/** In seconds: longer than any proxy keeps what it has. */
const YEAR = 31_536_000
/** Longest header of keys, in bytes: the headers of an answer fit into the buffers of proxies. */
const MAX_KEY_BYTES = 4096
const EMPTY = Buffer.alloc(0)

/**
 * @param life in seconds
 * @param keys by which it is purged. If they are too long, it is kept for 1 s at most
 */
function headersFor(life: number, keys: string): Record<string, string> {
  const fits = keys.length <= MAX_KEY_BYTES
  const seconds = fits ? life : Math.min(life, 1)
  if (seconds === 0) {
    return { 'content-type': HTML, 'cache-control': 'private, no-store', 'x-accel-expires': '0' }
  }
  return {
    'content-type': HTML,
    // For shared caches; browsers have no reason to ask.
    'cache-control': `public, max-age=0, s-maxage=${seconds}`,
    'x-accel-expires': String(seconds),
    ...(fits && { 'surrogate-key': keys }),
  }
}

/** Without a body: a server in front may include it in a page. */
function refusal(status: 403 | 404): EndpointAnswer {
  return { status, headers: { 'cache-control': 'no-store', 'x-accel-expires': '0' }, body: EMPTY }
}
