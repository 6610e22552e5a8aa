import { type Hints, refuseUnknownNames } from './option-names.ts'

/**
 * Refuses options whose names are not known.
 * @param owner what takes them, such as `redisStore`
 * @param hints for names that users of other packages write
 * @throws OptionError that names the nearest option first
 */
export function refuseUnknownOptions(
  owner: string,
  options: object,
  names: readonly string[],
  hints: Hints = {},
): void {
  refuseUnknownNames(owner, options, { names, groups: {}, hints })
}
