import { OptionError } from '../errors.ts'
import type { Bypass, ResolvedOptions } from './options.ts'

/** What a page of this request leaves out. @throws OptionError where the option gives something else */
export function bypassOf({ bypass }: ResolvedOptions, request: unknown): Bypass {
  const chosen: unknown = bypass?.(request) ?? false
  if (chosen === false || chosen === 'read' || chosen === 'write' || chosen === 'both') return chosen
  throw new OptionError(
    `The option bypass gave ${String(chosen)}: it gives 'read', 'write', 'both' or false.`,
  )
}
