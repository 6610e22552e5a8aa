import type { RateLimit, RateLimitResult } from '../rate-limit.ts'

/**
 * Returns the headers of an answer, by draft-ietf-httpapi-ratelimit-headers (10 and 11): the policy
 * with its quota `q` and window `w`, and what remains, `r`, with the time `t` until more remains.
 * Times are whole seconds, rounded up. A time to wait is at least 1 s: a client that reads 0 would
 * ask again at once.
 */
export function rateLimitHeaders(
  { name, rules }: Pick<RateLimit, 'name' | 'rules'>,
  { allowed, remaining, resetAfter, retryAfter }: RateLimitResult,
): Record<string, string> {
  const policy = structuredString(name)
  const headers: Record<string, string> = {
    'RateLimit-Policy': `${policy};q=${rules.limit};w=${seconds(rules.per)}`,
    RateLimit: `${policy};r=${remaining};t=${seconds(resetAfter)}`,
  }
  if (!allowed) headers['Retry-After'] = String(Math.max(1, seconds(retryAfter)))
  return headers
}

export function seconds(ms: number): number {
  return Math.ceil(ms / 1000)
}

/**
 * Returns the value of a header that may have one from another limit. Both are lists; of two times
 * to wait, the longer one counts.
 */
export function mergeHeader(name: string, known: unknown, value: string): string {
  if (known === undefined) return value
  if (name === 'Retry-After') return String(Math.max(Number(known) || 0, Number(value)))
  return `${String(known)}, ${value}`
}

/** Writes a string of RFC 9651, which has printable ASCII only. */
function structuredString(text: string): string {
  const ascii = text.replace(/[^ -~]+/g, (part) => encodeURIComponent(part.toWellFormed()))
  return `"${ascii.replace(/["\\]/g, '\\$&')}"`
}
