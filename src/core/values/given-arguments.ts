import { GivenData } from '../safety/given-data.ts'

/**
 * Arguments of one call as its caller gave them, even if it changes plain objects and arrays later.
 */
export class GivenArguments<Args extends unknown[]> {
  readonly #args: Args
  readonly #given: GivenData | undefined

  constructor(args: Args) {
    this.#args = args
    if (!args.some((arg) => typeof arg === 'object' && arg !== null)) return
    this.#given = new GivenData(args)
    this.#given.keep()
  }

  /** Returns copies for the run, which the function may change, and its caller cannot. */
  take(): Args {
    if (!this.#given) return this.#args
    this.#given.restore()
    return Object.values(this.#given.copy()) as Args
  }

  /** The arguments as they were given, at any later time: the key is made of them. */
  get keyed(): Args {
    if (!this.#given) return this.#args
    this.#given.restore()
    return Object.values(this.#given.data) as Args
  }
}
