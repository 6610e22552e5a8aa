import { checkNonEmpty } from '../family.ts'

/** A value of a search that is not known. Made by {@link variable}. */
export class Variable<Name extends string = string> {
  readonly name: Name

  /** @internal */
  constructor(name: Name) {
    this.name = name
  }
}

/**
 * Creates a variable for conditions of a search of a graph. Two of the same name are one.
 *
 * @throws OptionError
 *
 * @example
 * ```ts
 * const x = variable('x')
 * const rows = await graph.search([['charlie', 'friend', x], [x, 'lives', 'Kansas']])
 * ```
 */
export function variable<const Name extends string>(name: Name): Variable<Name> {
  checkNonEmpty('The name of a variable', name)
  return new Variable(name)
}
