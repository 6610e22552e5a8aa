import type { RequestPage } from './request-page.ts'

export const TIMING = 'server-timing'

/**
 * Returns the cost of a page as two response headers. Numbers only: their size is bounded, and no
 * key, name or value of a fragment leaves the server.
 * @param timing the `Server-Timing` that the response has already
 */
export function debugHeaders(
  requestPage: RequestPage,
  timing: number | string | readonly string[] | undefined,
) {
  const { hits, stale, misses, trips } = requestPage.page
  const dur = requestPage.renderTime.toFixed(1)
  const own = `onetrip;dur=${dur};desc="hits ${hits}, misses ${misses}, trips ${trips}"`
  return {
    'x-onetrip': `hits=${hits} stale=${stale} misses=${misses} trips=${trips}`,
    [TIMING]: timing === undefined ? own : [timing, own].flat().join(', '),
  }
}
