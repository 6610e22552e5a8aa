/**
 * The parameter `onetrip` of a request:
 * - `overlay`: its page shows each fragment on the page itself;
 * - `explain`: JSON in place of the page: the outcome of each fragment, and all steps;
 * - `trace`: its page is traced, and is as it is;
 * - `overlay.js`: the script of the overlay, in place of any page.
 */
export type RequestedView = 'overlay' | 'explain' | 'trace' | 'overlay.js'

/** A view of a page. */
export type PageView = Exclude<RequestedView, 'overlay.js'>

const VIEWS: readonly string[] = ['overlay', 'explain', 'trace', 'overlay.js'] satisfies RequestedView[]

/** Address of the script, relative to any page. */
export const SCRIPT_HREF = '?onetrip=overlay.js'

/** Returns the view that a URL asks for. */
export function requestedView(url: string | undefined): RequestedView | undefined {
  // Almost no request has it, and this runs for each.
  if (!url?.includes('onetrip=')) return undefined
  const view = new URLSearchParams(url.slice(url.indexOf('?') + 1)).get('onetrip') ?? ''
  return VIEWS.includes(view) ? (view as RequestedView) : undefined
}

/** Returns the view of a page that a URL asks for. */
export function requestedPageView(url: string | undefined): PageView | undefined {
  const view = requestedView(url)
  return view === 'overlay.js' ? undefined : view
}
