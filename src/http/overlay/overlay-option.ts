import { readGroup, refuseOption } from '../../options/read-option.ts'

/** Permission for the overlay and `?onetrip=explain`, and the nonce of a strict policy. */
export interface OverlayOptions {
  /**
   * Decides whether a request may see what its page does. Where it throws or rejects, the request
   * may not.
   * @defaultValue requests of this machine and its network; in production (`NODE_ENV`) none
   */
  // biome-ignore lint/suspicious/noExplicitAny: the request of Fastify or of Express
  readonly authorize?: ((request: any) => boolean | Promise<boolean>) | undefined
  /**
   * Returns the nonce that the page's Content-Security-Policy asks of scripts, where a proxy adds
   * that header, or the page has it in a `meta`.
   * @defaultValue the nonce of the response's header
   */
  // biome-ignore lint/suspicious/noExplicitAny: the request of Fastify or of Express
  readonly nonce?: ((request: any) => string | undefined) | undefined
}

export const OVERLAY_MEMBERS = ['authorize', 'nonce'] as const satisfies readonly (keyof OverlayOptions)[]

/** The option `overlay`, complete. The functions are given the framework's request. */
export interface OverlayConfig {
  /** Undefined: requests of this machine and its network may. */
  readonly authorize: ((request: unknown) => boolean | Promise<boolean>) | undefined
  readonly nonce: ((request: unknown) => string | undefined) | undefined
}

/** @returns undefined: no request may see the overlay. @throws OptionError */
export function readOverlay(value: unknown): OverlayConfig | undefined {
  if (value === false) return undefined
  const group = readGroup<OverlayOptions>(
    'overlay',
    value === true ? {} : value,
    'true, false, or an object such as { authorize: (request) => request.user?.isAdmin === true }',
  )
  const { authorize, nonce } = group
  if (authorize !== undefined && typeof authorize !== 'function')
    refuseOption('overlay.authorize', 'a function of the request that returns true or false', authorize)
  if (nonce !== undefined && typeof nonce !== 'function')
    refuseOption('overlay.nonce', 'a function of the request that returns a nonce', nonce)
  if (authorize === undefined && process.env.NODE_ENV === 'production') return undefined
  return { authorize, nonce } as OverlayConfig
}
