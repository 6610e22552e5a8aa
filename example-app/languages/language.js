/** The language of a page: the one that the visitor chose, or that the browser asks for. */

import Negotiator from 'negotiator'
import { GERMAN } from './de.js'

export const LANGUAGE_COOKIE = 'reel_language'

/** The languages, each by its own name. */
export const LANGUAGES = { en: 'English', de: 'Deutsch' }

/**
 * @param {{ headers: import('node:http').IncomingHttpHeaders }} request
 * @returns {keyof typeof LANGUAGES}
 */
export function localeOf(request) {
  const chosen = /(?:^|;\s*)reel_language=(\w+)/.exec(request.headers.cookie ?? '')?.[1]
  if (isLocale(chosen)) return chosen
  const [asked] = new Negotiator(request).languages(Object.keys(LANGUAGES))
  return isLocale(asked) ? asked : 'en'
}

/** @returns {locale is keyof typeof LANGUAGES} */
export function isLocale(locale) {
  return typeof locale === 'string' && Object.hasOwn(LANGUAGES, locale)
}

/**
 * A text of the views in another language; `%s` stands for what is put in. What has no translation
 * stays as it is.
 * @param {unknown} text
 * @param {string} locale
 * @param {unknown[]} values
 */
export function translate(text, locale, ...values) {
  const english = String(text ?? '')
  let result = locale === 'de' && Object.hasOwn(GERMAN, english) ? GERMAN[english] : english
  for (const value of values) result = result.replace('%s', () => String(value))
  return result
}
