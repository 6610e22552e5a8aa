import { createHmac, timingSafeEqual } from 'node:crypto'
import { DefinedFragment, type VaryValues } from '../../core/definition/define-fragment.ts'
import { type Params, type ParamsOf, readParams } from '../../core/definition/params.ts'
import { OptionError } from '../../errors.ts'
import { isPlainObject, show } from '../../options/show.ts'
import { refuseUnknownOptions } from '../../options/unknown-option.ts'
import { decodeQuery, encodeQuery, type FragmentQuery, SIGNATURE } from './fragment-query.ts'

/** Options of {@link FragmentUrls}. */
export interface FragmentUrlsOptions {
  /**
   * Path of the endpoint.
   * @defaultValue `'/fragments'`
   */
  readonly path?: string | undefined
  /**
   * Signs URLs: at least 16 characters. Of several the first one signs, and all are accepted, so
   * that a secret can be replaced.
   */
  readonly secret: string | readonly string[]
}

/** Options of a URL. */
export interface FragmentUrlOptions {
  /**
   * The values that the fragment varies by, by name. Without them they are those of the request for
   * the fragment, and no cache in front shares it.
   * @defaultValue none
   */
  readonly vary?: VaryValues | undefined
}

/** A fragment that a signed URL names. */
export interface NamedFragment extends FragmentQuery {
  readonly name: string
}

const MIN_SECRET_LENGTH = 16

/**
 * Makes URLs by which a server in front of the application includes defined fragments. They are
 * signed (HMAC-SHA-256, RFC 2104), so that nobody else can ask for a fragment, or for other
 * parameters.
 *
 * @example
 * const urls = new FragmentUrls({ secret: process.env.FRAGMENTS_SECRET })
 * urls.ssi(sidebar, { id: 42 }) // <!--# include virtual="/fragments/sidebar?id=42&..." -->
 */
export class FragmentUrls {
  /** Path of the endpoint, without a slash at its end. */
  readonly path: string
  readonly #secrets: readonly [string, ...string[]]

  /** @throws OptionError */
  constructor(options: FragmentUrlsOptions) {
    if (!isPlainObject(options))
      throw new OptionError(`FragmentUrls takes options such as { path, secret }, not ${show(options)}.`)
    refuseUnknownOptions('FragmentUrls', options, ['path', 'secret'])
    this.path = readPath(options.path ?? '/fragments')
    this.#secrets = readSecrets(options.secret)
  }

  /**
   * Returns the URL of a fragment, from its path on.
   *
   * @param fragment what `defineFragment()` returned, or its name
   * @throws OptionError, KeyPartError
   */
  url<P extends ParamsOf<P>>(
    fragment: DefinedFragment<P> | string,
    params: P,
    options: FragmentUrlOptions = {},
  ): string {
    if (!isPlainObject(params))
      throw new OptionError(`The parameters of a fragment must be an object such as { id: 42 }.`)
    refuseUnknownOptions('FragmentUrls', options, ['vary'])
    const { vary = {} } = options
    const name = nameOf(fragment)
    const read =
      fragment instanceof DefinedFragment
        ? fragment.paramsOf(params, '')
        : readParams(params as Params, undefined, name, '')
    const pairs = encodeQuery({ params: read, vary })
    const query = new URLSearchParams([...pairs, [SIGNATURE, this.#sign(this.#secrets[0], name, pairs)]])
    return `${this.path}/${encodeURIComponent(name)}?${query}`
  }

  /** Returns the tag by which nginx includes a fragment. @throws as `url` */
  ssi<P extends ParamsOf<P>>(
    fragment: DefinedFragment<P> | string,
    params: P,
    options?: FragmentUrlOptions,
  ): string {
    return `<!--# include virtual="${this.url(fragment, params, options)}" -->`
  }

  /** Returns the tag by which Varnish includes a fragment (ESI 1.0). @throws as `url` */
  esi<P extends ParamsOf<P>>(
    fragment: DefinedFragment<P> | string,
    params: P,
    options?: FragmentUrlOptions,
  ): string {
    return `<esi:include src="${this.url(fragment, params, options).replaceAll('&', '&amp;')}"/>`
  }

  /**
   * Reads a URL that {@link FragmentUrls.url} has made; undefined if it has no valid signature.
   * The order of its query does not matter: servers in front may sort it.
   * @param name the segment after the path, still encoded
   * @internal
   */
  read(name: string, query: string): NamedFragment | undefined {
    const all = [...new URLSearchParams(query)]
    const pairs = all.filter(([one]) => one !== SIGNATURE).sort(([one], [other]) => (one < other ? -1 : 1))
    const signatures = all.filter(([one]) => one === SIGNATURE)
    const decoded = decodeName(name)
    const [[, signature] = ['', ''], ...more] = signatures
    if (decoded === undefined || more.length > 0 || !this.#isSigned(decoded, pairs, signature))
      return undefined
    const read = decodeQuery(pairs)
    return read && { name: decoded, ...read }
  }

  #isSigned(name: string, pairs: readonly (readonly [string, string])[], signature: string): boolean {
    const given = Buffer.from(signature)
    return this.#secrets.some((secret) => {
      const expected = Buffer.from(this.#sign(secret, name, pairs))
      return expected.length === given.length && timingSafeEqual(expected, given)
    })
  }

  #sign(secret: string, name: string, pairs: readonly (readonly [string, string])[]): string {
    const signed = JSON.stringify(['onetrip fragment', name, pairs])
    return createHmac('sha256', secret).update(signed).digest('base64url')
  }
}

function nameOf(fragment: unknown): string {
  const name = fragment instanceof DefinedFragment ? fragment.name : fragment
  if (typeof name === 'string' && name !== '') return name
  throw new OptionError(`FragmentUrls takes what defineFragment() returned, or its name, not ${show(name)}.`)
}

function decodeName(name: string): string | undefined {
  try {
    return decodeURIComponent(name)
  } catch {
    return undefined
  }
}

function readPath(path: unknown): string {
  if (typeof path === 'string' && /^(\/[\w.~-]+)+\/?$/.test(path)) return path.replace(/\/$/, '')
  throw new OptionError(`The option path must be a path such as '/fragments', not ${show(path)}.`)
}

function readSecrets(secret: unknown): readonly [string, ...string[]] {
  const secrets: unknown[] = Array.isArray(secret) ? secret : [secret]
  const isLong = (one: unknown): one is string => typeof one === 'string' && one.length >= MIN_SECRET_LENGTH
  if (secrets.length > 0 && secrets.every(isLong)) return [...secrets] as [string, ...string[]]
  // The message must not show it: it would be in a log.
  throw new OptionError(
    `The option secret must be a string of at least ${MIN_SECRET_LENGTH} characters, or an array of such strings.`,
  )
}
