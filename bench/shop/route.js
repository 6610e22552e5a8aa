import { PAGES } from './products.js'

export const HTML = 'text/html; charset=utf-8'

/** The paths of the first `count` pages. */
export function pathsOf(count = PAGES) {
  return Array.from({ length: count }, (_, number) => `/shop/${number}`)
}

export function numberOf(request) {
  return Number(request.params.number)
}
