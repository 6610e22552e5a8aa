import { layout } from './layout.js'
import { field, LONGEST_NAME } from './review.js'

export const COOKIE = 'reel_name'

/** Not to be read by scripts, not sent along from other sites. */
export const COOKIE_OPTIONS = /** @type {const} */ ({ path: '/', httpOnly: true, sameSite: 'lax' })

/**
 * @param {import('./layout.js').Visit} visit
 * @param {unknown} next where to go afterwards
 * @returns {import('./layout.js').Page}
 */
export function signInPage(visit, next) {
  return answer(visit, 200, { name: '', next: localPath(next), error: '' })
}

/**
 * It answers the name to keep in the cookie and where to go, or the page with what is wrong.
 * @param {import('./layout.js').Visit} visit
 * @param {unknown} body
 * @returns {import('./layout.js').Page | { name: string, redirect: string }}
 */
export function postSignIn(visit, body) {
  const name = field(body, 'name')
  const next = localPath(field(body, 'next'))
  if (name !== '' && name === cleanName(name)) return { name, redirect: next }
  const error = name === '' ? 'What shall we call you?' : `At most ${LONGEST_NAME} plain characters, please.`
  return answer(visit, 422, { name, next, error })
}

/**
 * The name in a cookie, which a visitor may have written by hand.
 * @param {unknown} cookie
 */
export function cleanName(cookie) {
  if (typeof cookie !== 'string') return ''
  return cookie
    .replace(/\p{Cc}/gu, '')
    .trim()
    .slice(0, LONGEST_NAME)
}

/**
 * A redirect must stay on this site: '//elsewhere' and '/\elsewhere' would not.
 * @param {unknown} next
 */
export function localPath(next) {
  return typeof next === 'string' && /^\/(?![/\\])[^\s\\]*$/.test(next) ? next : '/'
}

function answer(visit, status, form) {
  return { status, template: 'sign-in.njk', data: { ...layout(visit), form } }
}
