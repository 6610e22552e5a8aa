import { layout } from './layout.js'

const WORDS = {
  404: ['This reel is missing', 'There is no such page. The film may be listed under another title.'],
  403: ['The form was too old', 'Please go back, load the page again, and send it once more.'],
  413: ['That was a long one', 'What you sent is longer than we can keep. Could you shorten it?'],
  429: ['That was quick', 'You have searched a lot just now. Please wait a moment, then try again.'],
  500: [
    'The film tore',
    'Something went wrong on our side. The projectionist has been told; please try again.',
  ],
}
const ODD_REQUEST = ['We did not follow', 'Your browser sent something that we could not make sense of.']

/**
 * @param {import('./layout.js').Visit} visit
 * @returns {import('./layout.js').Page}
 */
export function notFoundPage(visit) {
  return errorPage(visit, 404)
}

/**
 * @param {import('./layout.js').Visit} visit
 * @param {number} status
 * @returns {import('./layout.js').Page}
 */
export function errorPage(visit, status) {
  const [title, text] = WORDS[status] ?? (status < 500 ? ODD_REQUEST : WORDS[500])
  return { status, template: 'error.njk', data: { ...layout(visit), status, title, text } }
}

/**
 * The status for what a handler threw: frameworks and body parsers put theirs on the error.
 * @param {unknown} error
 */
export function statusOf(error) {
  const { statusCode } = /** @type {{ statusCode?: number }} */ (error ?? {})
  return statusCode !== undefined && statusCode >= 400 && statusCode < 500 ? statusCode : 500
}
