/**
 * A token in every form, against forms that other sites send in a visitor's name: it belongs to a
 * secret in a cookie. It differs from page to page, so a cached fragment must never hold one:
 * `perRequest` sees to that.
 */

import csrf from '@fastify/csrf'

export const SECRET_COOKIE = 'reel_secret'

const tokens = csrf()

/**
 * A token for this visitor.
 * @param {unknown} secret what the cookie has
 * @param {(secret: string) => void} keep sets the cookie, where there was none
 */
export function makeToken(secret, keep) {
  if (typeof secret === 'string' && secret !== '') return tokens.create(secret)
  const made = tokens.secretSync()
  keep(made)
  return tokens.create(made)
}

/**
 * Returns true if this visitor got the form from this site.
 * @param {unknown} secret what the cookie has
 * @param {unknown} body
 */
export function isOurs(secret, body) {
  const token = /** @type {Record<string, unknown> | undefined} */ (body)?._csrf
  return (
    typeof secret === 'string' && secret !== '' && typeof token === 'string' && tokens.verify(secret, token)
  )
}
