import { messageOf } from '../../errors.ts'
import { isPlainObject } from '../../options/show.ts'
import { headersOf, pageUrl } from '../command/page-request.ts'
import { UnreachableError } from '../unreachable-error.ts'

/** Limit of the wait for a page, in ms. */
const PATIENCE_MS = 60_000

/** A fragment of the answer of `?onetrip=explain`. Times in ms. */
export interface ExplainedFragment {
  readonly name: string
  readonly template: string
  readonly line: number
  readonly state: 'hit' | 'stale' | 'miss'
  readonly explanation: string
  readonly bytes: number
  readonly cost: number
  readonly age?: number
}

/** A step of the answer. Times in ms. */
export interface ExplainedStep {
  readonly kind: string
  readonly name: string
  readonly start: number
  /** `null` for a step that is not over. */
  readonly duration: number | null
  readonly detail?: string
}

/** The answer of `?onetrip=explain`. */
export interface Explanation {
  readonly page: {
    readonly template?: string
    readonly route?: string
    readonly status?: number
    readonly duration: number
    readonly notStored?: string
  }
  readonly hits: number
  readonly stale: number
  readonly misses: number
  readonly trips: number
  readonly runs: number
  readonly fragments: readonly ExplainedFragment[]
  readonly waterfall: readonly ExplainedStep[]
  readonly omitted: number
}

/** The reason why a site has not explained a page. */
export interface Unexplained {
  readonly unexplained: string
}

/**
 * Requests a page with `?onetrip=explain`.
 * @throws UsageError for a wrong URL or header, UnreachableError if the site does not answer
 */
export async function requestExplanation(
  address: string,
  headers: readonly string[],
): Promise<Explanation | Unexplained> {
  const url = pageUrl(address)
  url.searchParams.set('onetrip', 'explain')
  let response: Response
  let text: string
  try {
    response = await fetch(url, {
      headers: headersOf(headers),
      redirect: 'manual',
      signal: AbortSignal.timeout(PATIENCE_MS),
    })
    text = await response.text()
  } catch (error) {
    const { cause } = error as Error
    throw new UnreachableError(`${url.origin} does not answer: ${messageOf(cause ?? error)}`)
  }
  const location = response.headers.get('location')
  if (response.status >= 300 && response.status < 400 && location !== null)
    return { unexplained: `The page redirects to ${location}: explain that one.` }
  return readExplanation(text) ?? { unexplained: notAllowed(url, response.status) }
}

function readExplanation(text: string): Explanation | undefined {
  try {
    const value: unknown = JSON.parse(text)
    const isExplanation =
      isPlainObject(value) &&
      isPlainObject(value.page) &&
      Array.isArray(value.fragments) &&
      Array.isArray(value.waterfall)
    return isExplanation ? (value as unknown as Explanation) : undefined
  } catch {
    return undefined
  }
}

function notAllowed(url: URL, status: number): string {
  return (
    `${url.origin} answers with its page (status ${status}), not with an explanation. Either the page is not rendered by ` +
    'onetrip, or it is not explained to this request: in production set overlay: { authorize } in the options of the plugin or the middleware, and give what it looks at by --header.'
  )
}
