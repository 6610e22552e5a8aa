import { OptionError } from '../errors.ts'
import { type Duration, toTimer } from '../options/duration.ts'
import { readBoolean, refuseOption } from '../options/read-option.ts'
import { isPlainObject, show } from '../options/show.ts'
import { refuseUnknownOptions } from '../options/unknown-option.ts'
import type { PurgeTarget } from './purge-target.ts'

/** Options of {@link varnish}. */
export interface VarnishOptions {
  /** Addresses of all Varnish servers, such as `['http://10.0.0.5:6081']`. */
  readonly urls: readonly string[]
  /**
   * Pages are stale at once, and still served while they are fetched anew, or while the site is
   * down; `false`: they are removed.
   * @defaultValue true
   */
  readonly soft?: boolean | undefined
  /**
   * Further headers of each request, such as a secret that the VCL compares.
   * @defaultValue none
   */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /**
   * Time after which a request has failed.
   * @defaultValue `'2s'`
   */
  readonly timeout?: Duration | undefined
}

/** A line of a header is at most 8 KB by default (`http_req_hdr_len`). */
const MAX_BYTES = 4096
const MAX_KEYS = 200

/**
 * Purges pages of Varnish by its xkey module: `PURGE` with the keys in the header `xkey`, as the
 * VCL in deploy/varnish takes it. Each server is asked by itself, and again if it does not answer.
 * @example purge: varnish({ urls: ['http://10.0.0.5:6081'] })
 * @throws OptionError, DurationError
 */
export function varnish(options: VarnishOptions): readonly PurgeTarget[] {
  if (!isPlainObject(options))
    throw new OptionError(
      `varnish() takes an object such as { urls: ['http://10.0.0.5:6081'] }, not ${show(options)}.`,
    )
  refuseUnknownOptions('varnish()', options, ['urls', 'soft', 'headers', 'timeout'])
  const { urls, soft = true, headers = {}, timeout = '2s' } = options
  if (!Array.isArray(urls) || urls.length === 0)
    return refuseOption('urls', "an array such as ['http://10.0.0.5:6081']", urls)
  if (!isPlainObject(headers)) return refuseOption('headers', 'an object of strings', headers)
  const hard = readBoolean('soft', soft) ? {} : { 'xkey-purge': 'hard' }
  const ms = toTimer(timeout, 'The option timeout of varnish()')
  return urls.map((url) => {
    const { href, host } = readUrl(url)
    return {
      name: `Varnish at ${host}`,
      maxKeys: MAX_KEYS,
      maxBytes: MAX_BYTES,
      timeout: ms,
      purge: (keys, signal) => ask(href, { ...headers, ...hard, xkey: keys.join(' ') }, signal),
    }
  })
}

function readUrl(url: unknown): URL {
  if (typeof url !== 'string' || !URL.canParse(url) || !/^https?:/.test(url))
    return refuseOption('urls', 'addresses that begin with http:// or https://', url)
  const parsed = new URL(url)
  // fetch() refuses such a URL, so each purge would fail.
  if (parsed.username !== '' || parsed.password !== '')
    throw new OptionError(
      'The option urls of varnish() has an address with a user and a password: pass them as ' +
        '{ headers: { authorization } }.',
    )
  return parsed
}

async function ask(url: string, headers: Record<string, string>, signal: AbortSignal): Promise<void> {
  const response = await fetch(url, { method: 'PURGE', headers, signal, redirect: 'manual' })
  // The connection is used again only if the body was read.
  await response.arrayBuffer()
  if (!response.ok) throw new Error(`it answered ${response.status} ${response.statusText}`.trim())
}
