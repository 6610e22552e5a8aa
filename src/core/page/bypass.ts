import { OptionError } from '../../errors.ts'
import type { Bypass, ResolvedOptions } from '../options/cache-options.ts'

/** What a page of this request leaves out. @throws OptionError where the option gives something else */
export function bypassOf({ bypass }: ResolvedOptions, request: unknown): Bypass {
  const chosen: unknown = bypass?.(request) ?? false
  if (chosen === false || chosen === 'read' || chosen === 'write' || chosen === 'both') return chosen
  throw new OptionError(
    `The option bypass gave ${String(chosen)}: it gives 'read', 'write', 'both' or false.`,
  )
}

/**
 * Returns what a page leaves out whose request is not known: its method, its status, and what the options that are given
 * the request would say may forbid to store it.
 */
export function bypassOfUnknown({ bypass, detectLeaks }: ResolvedOptions): Bypass {
  return bypass || detectLeaks ? 'both' : 'write'
}

/** Says whether nothing that is stored may be used. */
export function skipsRead(bypass: Bypass): boolean {
  return bypass === 'read' || bypass === 'both'
}

/** Says whether nothing may be stored. */
export function skipsWrite(bypass: Bypass): boolean {
  return bypass === 'write' || bypass === 'both'
}
