/** Splits a URL as a request has it. */
export function splitUrl(url: string): { readonly pathname: string; readonly query: URLSearchParams } {
  const at = url.indexOf('?')
  if (at === -1) return { pathname: url, query: new URLSearchParams() }
  return { pathname: url.slice(0, at), query: new URLSearchParams(url.slice(at + 1)) }
}
