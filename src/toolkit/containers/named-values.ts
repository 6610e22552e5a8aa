import { OptionError } from '../../errors.ts'
import { isPlainObject, show } from '../../options/show.ts'

/** Values by name: an object, a Map, or pairs. */
export type NamedValues<T> = Readonly<Record<string, T>> | Iterable<readonly [name: string, value: T]>

/** @throws OptionError */
export function entriesOf<T>(method: string, values: NamedValues<T>): Iterable<readonly [string, T]> {
  if (isPlainObject(values)) return Object.entries(values as Record<string, T>)
  if (typeof values === 'object' && values !== null && Symbol.iterator in values) return values
  throw new OptionError(`${method} takes an object, a Map or pairs; got ${show(values)}`)
}
