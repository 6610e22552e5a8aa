import type { Config } from '../config/config.ts'

/**
 * The error that answers clients of other machines, in protected mode. It names the settings of
 * this server. Redis' own text says "no password is set", which ioredis takes for another error.
 */
export const PROTECTED_MODE_ERROR =
  'DENIED protected mode: without a password, this server accepts connections from its own machine ' +
  '(127.0.0.1 and ::1) only. Start it with a password (the option password of startServer(), or ' +
  '--password), or with the parameter protected-mode=no (the option config, or --config).'

/** Returns true for an address of this machine's loopback. */
export function isLoopback(address: string | undefined): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address ?? '')
}

/** Returns true if the parameters refuse clients of other machines. */
export function isProtected(config: Config): boolean {
  return config.get('protected-mode') !== 'no' && config.get('requirepass') === ''
}
