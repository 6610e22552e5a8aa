import { CommandError } from '../command-error.ts'
import { CONFIG_PARAMETERS } from './config-parameters.ts'

/** The server's configuration: texts by name, as CONFIG GET answers them. */
export class Config {
  readonly #values = new Map<string, string>()
  readonly #listeners = new Map<string, ((value: string) => void)[]>()

  constructor() {
    for (const [name, { initial }] of CONFIG_PARAMETERS) this.#values.set(name, initial)
  }

  /** The value of a parameter of the table. */
  get(name: string): string {
    return this.#values.get(name) ?? ''
  }

  number(name: string): number {
    return Number(this.get(name))
  }

  get entries(): ReadonlyMap<string, string> {
    return this.#values
  }

  /**
   * Sets parameters, all or none.
   *
   * @throws CommandError
   */
  set(pairs: readonly (readonly [name: string, value: string])[]): void {
    const changes = pairs.map(([name, value]) => [name, this.#checked(name, value)] as const)
    for (const [name, value] of changes) {
      this.#values.set(name, value)
      for (const fn of this.#listeners.get(name) ?? []) fn(value)
    }
  }

  /** Calls a function now, and whenever the parameter is set. */
  follow(name: string, fn: (value: string) => void): void {
    const listeners = this.#listeners.get(name)
    if (listeners) listeners.push(fn)
    else this.#listeners.set(name, [fn])
    fn(this.get(name))
  }

  #checked(name: string, value: string): string {
    const parameter = CONFIG_PARAMETERS.get(name)
    if (!parameter)
      throw new CommandError(`ERR Unknown option or number of arguments for CONFIG SET - '${name}'`)
    const checked = parameter.read(value)
    if (typeof checked === 'string') return checked
    throw new CommandError(
      `ERR CONFIG SET failed (possibly related to argument '${name}') - ${checked.error}`,
    )
  }
}
