import { notFoundPage } from './error.js'
import { filmPage, findFilm } from './film.js'

export const LONGEST_TEXT = 2000
export const LONGEST_NAME = 40

/**
 * Remembers from a review until the next page which film was reviewed, and whether the review shows
 * already, so that its author is thanked.
 */
export const THANKS_COOKIE = 'reel_thanks'

/**
 * The visitor's input, and the errors by field.
 * @typedef {object} ReviewForm
 * @property {boolean} isEmpty
 * @property {string} author
 * @property {string} stars
 * @property {string} text
 * @property {Record<string, string>} errors
 * @property {string} [firstError]  the field that gets the focus
 * @property {boolean} [tooMany]  it came too soon after others
 */

/**
 * Takes a review. Returns where to go, and what to remember in {@link THANKS_COOKIE}; or the page
 * to send, where the review cannot be taken.
 * @param {import('./layout.js').Visit} visit
 * @param {string} id as the address has it
 * @param {unknown} body
 * @param {import('../tasks/tasks.js').Tasks} tasks
 * @returns {Promise<import('./layout.js').Page | { redirect: string, thanks: string }>}
 */
export async function postReview(visit, id, body, tasks) {
  const film = findFilm(visit.catalogue, id)
  if (film === undefined) return notFoundPage(visit)
  const form = readReview(body, visit.visitor)
  if (Object.keys(form.errors).length > 0) return filmPage(visit, id, form)

  const { author, stars, text } = form
  // It is taken to be in the language of the page that it was written on.
  const review = { filmId: film.id, author, stars: Number(stars), text, language: visit.locale }
  const shows = await tasks.takeReview(review)
  return { redirect: `/film/${film.id}#thanks`, thanks: `${film.id}-${shows ? 'shown' : 'checked'}` }
}

/**
 * The most reviews by one address. Without Redis there is no limit: a counter of one process says
 * little about a site of several.
 * @param {import('../toolkit.js').Toolkit | undefined} kit
 */
export function openReviewLimit(kit) {
  return kit?.rateLimit('reviews', { limit: 10, per: '10m' })
}

/**
 * The page for a review that comes too soon after others. Nothing that was written is lost.
 * @param {import('./layout.js').Visit} visit
 * @param {string} id as the address has it
 * @param {unknown} body
 * @returns {import('./layout.js').Page}
 */
export function tooManyReviewsPage(visit, id, body) {
  const { author, stars, text } = readReview(body, visit.visitor)
  const page = filmPage(visit, id, { isEmpty: false, author, stars, text, errors: {}, tooMany: true })
  return page.status === 404 ? page : { ...page, status: 429 }
}

/**
 * Reads {@link THANKS_COOKIE}.
 * @param {unknown} cookie
 * @param {number} filmId of the page that is made
 * @returns {'' | 'shown' | 'checked'}
 */
export function readThanks(cookie, filmId) {
  if (cookie === `${filmId}-shown`) return 'shown'
  return cookie === `${filmId}-checked` ? 'checked' : ''
}

/**
 * @param {unknown} body
 * @param {string} visitor who is signed in writes under that name
 * @returns {ReviewForm}
 */
function readReview(body, visitor) {
  const author = visitor || field(body, 'author')
  const stars = field(body, 'stars')
  const text = field(body, 'text')
  const errors = {}
  if (author === '') errors.author = 'Tell us your name, or one you like.'
  if (author.length > LONGEST_NAME) errors.author = `At most ${LONGEST_NAME} characters, please.`
  if (!/^[1-5]$/.test(stars)) errors.stars = 'Choose one to five stars.'
  if (text === '') errors.text = 'Write a sentence or two.'
  if (text.length > LONGEST_TEXT) {
    errors.text = `At most ${LONGEST_TEXT} characters, please.`
  }
  const [firstError] = Object.keys(errors)
  return { isEmpty: false, author, stars, text, errors, firstError }
}

/**
 * A field of a form, as one line of text would have it: a body is what anybody may send.
 * @param {unknown} body
 * @param {string} name
 */
export function field(body, name) {
  const value = /** @type {Record<string, unknown>} */ body?.[name]
  return typeof value === 'string' ? value.replaceAll('\r\n', '\n').trim() : ''
}
