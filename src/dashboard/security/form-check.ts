import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

const COOKIE = 'onetrip_form'
const BYTES = 24
const TOKEN = new RegExp(`(?:^|;\\s*)${COOKIE}=([\\w-]{${(BYTES * 4) / 3}})(?:;|$)`)

/** A token of a form, and the cookie that has to come back with it. */
export interface FormToken {
  readonly token: string
  /** Value for `Set-Cookie`; undefined if the browser has the cookie already. */
  readonly cookie: string | undefined
}

/**
 * Returns the token for a form: the one of the browser's cookie, or a new one. No process has to
 * remember it, so any may answer the form (a double-submit cookie, as OWASP describes it).
 */
export function formToken(message: IncomingMessage, secure: boolean): FormToken {
  const known = cookieOf(message)
  if (known !== undefined) return { token: known, cookie: undefined }
  const token = randomBytes(BYTES).toString('base64url')
  // Without a path it belongs to the folder of the page's address, wherever that is mounted.
  const cookie = `${COOKIE}=${token}; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`
  return { token, cookie }
}

/**
 * Returns why a form is refused; undefined if it was sent by a page of ours. Both have to hold: the
 * browser says that it comes from this site, and it has the token of the browser's cookie.
 */
export function refuseForm(message: IncomingMessage, fields: URLSearchParams): string | undefined {
  if (!isSameOrigin(message)) return 'The form was not sent from this page.'
  const known = cookieOf(message)
  const given = fields.get('token')
  if (known === undefined || given === null || !equals(known, given))
    return 'The form is out of date, or cookies are switched off.'
  return undefined
}

/**
 * Browsers send `Sec-Fetch-Site` over https and to localhost, and say more by it than by `Origin`,
 * whose host a proxy may have changed. Old ones, and plain http, have `Origin` alone.
 */
function isSameOrigin({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin'
  const { origin, host } = headers
  if (origin === undefined || host === undefined || !URL.canParse(origin)) return false
  return new URL(origin).host === host.toLowerCase()
}

function cookieOf({ headers }: IncomingMessage): string | undefined {
  return TOKEN.exec(headers.cookie ?? '')?.[1]
}

function equals(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}
