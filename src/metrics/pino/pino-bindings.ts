import { OptionError } from '../../errors.ts'
import { show } from '../../options/show.ts'

/** The part of a page that is logged. */
export interface LoggedPage {
  readonly hits: number
  readonly stale: number
  readonly misses: number
  readonly trips: number
}

/** Fields of a log line about the fragments of a page. */
export interface PinoBindings {
  /** Absent for a request that asked for no fragment and made no round trip. */
  readonly onetrip?: {
    /** Fragments that came from the store, or that another page rendered. */
    readonly hits: number
    /** Fragments that came from the store although they had expired. */
    readonly stale: number
    /** Fragments that were rendered. */
    readonly misses: number
    /** Round trips to the store. */
    readonly trips: number
  }
}

/**
 * Returns the numbers of a page as fields of a log line: of pino, pino-http, or any logger that
 * takes an object. They have no name, key or value of a fragment.
 *
 * @example
 * ```ts
 * app.addHook('onResponse', (request, reply, done) => {
 *   request.log.info(pinoBindings(request.fragments), 'page')
 *   done()
 * })
 * ```
 * @param page such as `request.fragments`, when its response is over
 * @throws OptionError
 */
export function pinoBindings(page: LoggedPage): PinoBindings {
  if (typeof page?.hits !== 'number')
    throw new OptionError(`pinoBindings() must be given a page such as request.fragments, not ${show(page)}.`)
  const { hits, stale, misses, trips } = page
  return hits + stale + misses + trips === 0 ? {} : { onetrip: { hits, stale, misses, trips } }
}
