import { layout } from './layout.js'
import { field, LONGEST_NAME, LONGEST_TEXT } from './review.js'

/**
 * @param {import('./layout.js').Visit} visit
 * @returns {import('./layout.js').Page}
 */
export function contactPage(visit) {
  return answer(visit, 200, { name: visit.visitor, email: '', text: '', errors: {} })
}

/**
 * @param {import('./layout.js').Visit} visit
 * @returns {import('./layout.js').Page}
 */
export function contactThanksPage(visit) {
  return { status: 200, template: 'contact-thanks.njk', data: layout(visit) }
}

/**
 * Reads a message. Returns it, or the page with what is wrong.
 * @param {import('./layout.js').Visit} visit
 * @param {unknown} body
 * @returns {import('./layout.js').Page | { message: { name: string, email: string, text: string }
 *   }}
 */
export function readMessage(visit, body) {
  // The first two stand in the head of a mail, which has one line for each.
  const [name, email] = ['name', 'email'].map((one) => field(body, one).replace(/\p{Cc}+/gu, ' '))
  const text = field(body, 'text')
  const errors = {}
  if (name === '') errors.name = 'Tell us your name, or one you like.'
  if (name.length > LONGEST_NAME) errors.name = `At most ${LONGEST_NAME} characters, please.`
  if (!/^[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+$/.test(email) || email.length > 200)
    errors.email = 'We need an address to answer to, such as anna@example.com.'
  if (text === '') errors.text = 'Write a sentence or two.'
  if (text.length > LONGEST_TEXT) errors.text = `At most ${LONGEST_TEXT} characters, please.`
  const [firstError] = Object.keys(errors)
  if (firstError === undefined) return { message: { name, email, text } }
  return answer(visit, 422, { name, email, text, errors, firstError })
}

function answer(visit, status, form) {
  return { status, template: 'contact.njk', data: { ...layout(visit), form } }
}
