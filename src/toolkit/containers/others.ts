import { OptionError } from '../../errors.ts'
import { show } from '../../options/show.ts'

/** One container, or an array of them. */
export type OneOrMany<T> = T | readonly T[]

/**
 * Returns the keys of other containers; what has none is refused by `sendKeys`.
 *
 * @param more what was passed behind: containers are passed in an array
 * @throws OptionError
 */
export function keysOfOthers(
  method: string,
  others: unknown,
  more: readonly unknown[] = [],
): readonly string[] {
  if (more.length > 0)
    throw new OptionError(
      `${method} takes one container, or an array of them such as [a, b]; got ${show(more[0])} behind it`,
    )
  const all: readonly unknown[] = Array.isArray(others) ? others : [others]
  return all.map((one) => (one as { readonly key: string } | null | undefined)?.key) as string[]
}
