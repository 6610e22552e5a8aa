import { GivenData } from '../safety/given-data.ts'

/** The arguments of one call, as its caller has given them: plain objects and arrays among them are kept as they were. */
export class GivenArguments<Args extends unknown[]> {
  readonly #args: Args
  readonly #given: GivenData | undefined

  constructor(args: Args) {
    this.#args = args
    if (!args.some((arg) => typeof arg === 'object' && arg !== null)) return
    this.#given = new GivenData(args)
    this.#given.keep()
  }

  /** The arguments for the run: copies, which the function may change itself, and its caller cannot. */
  take(): Args {
    if (!this.#given) return this.#args
    this.#given.restore()
    return Object.values(this.#given.copy()) as Args
  }

  /** The arguments that the key is made of, at any later time: as they were given. */
  get keyed(): Args {
    if (!this.#given) return this.#args
    this.#given.restore()
    return Object.values(this.#given.data) as Args
  }
}
