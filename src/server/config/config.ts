import { CommandError } from '../command-error.ts'
import { CONFIG_ALIASES, CONFIG_PARAMETERS } from './config-parameters.ts'
import type { FixedReason } from './parameter.ts'

/** A parameter with a value, as CONFIG SET is given them. */
export type ConfigPair = readonly [name: string, value: string]

/** The server's configuration: texts by name, as CONFIG SET takes them. */
export class Config {
  readonly #values = new Map<string, string>()
  readonly #listeners = new Map<string, ((value: string) => void)[]>()

  constructor() {
    for (const [name, { initial }] of CONFIG_PARAMETERS) this.#values.set(name, initial)
  }

  /** The value of a parameter of the table. */
  get(name: string): string {
    return this.#values.get(CONFIG_ALIASES.get(name) ?? name) ?? ''
  }

  /** The value of a parameter as CONFIG GET answers it. */
  shown(name: string): string {
    const value = this.get(name)
    return CONFIG_PARAMETERS.get(CONFIG_ALIASES.get(name) ?? name)?.shown?.(value) ?? value
  }

  /** True if only its name finds it, no pattern. */
  isHidden(name: string): boolean {
    return CONFIG_PARAMETERS.get(name)?.hidden === true
  }

  number(name: string): number {
    return Number(this.get(name))
  }

  /** Names of all parameters, with those that stand for others. */
  get names(): readonly string[] {
    return [...this.#values.keys(), ...CONFIG_ALIASES.keys()]
  }

  /**
   * Sets parameters, all or none.
   *
   * @throws CommandError
   */
  set(pairs: readonly ConfigPair[]): void {
    this.#apply(pairs, false)
  }

  /**
   * Sets parameters at the start: those too that cannot be changed later.
   *
   * @throws CommandError
   */
  setInitial(pairs: readonly ConfigPair[]): void {
    this.#apply(pairs, true)
  }

  /** Calls a function now, and whenever the parameter is set. */
  follow(name: string, fn: (value: string) => void): void {
    const target = CONFIG_ALIASES.get(name) ?? name
    const listeners = this.#listeners.get(target)
    if (listeners) listeners.push(fn)
    else this.#listeners.set(target, [fn])
    fn(this.get(target))
  }

  #apply(pairs: readonly ConfigPair[], isStart: boolean): void {
    const changes = new Map<string, string>()
    const given = new Set<string>()
    for (const [spelled, value] of pairs) {
      const name = spelled.toLowerCase()
      const target = CONFIG_ALIASES.get(name) ?? name
      const parameter = CONFIG_PARAMETERS.get(target)
      if (!parameter)
        throw new CommandError(`ERR Unknown option or number of arguments for CONFIG SET - '${spelled}'`)
      if (parameter.fixed && !isStart) refuseFixed(spelled, parameter.fixed, value === this.get(target))
      if (given.has(name)) refuse(spelled, 'duplicate parameter')
      given.add(name)
      const read = parameter.read(value, changes.get(target) ?? this.get(target))
      if (typeof read !== 'string') refuse(spelled, read.error)
      changes.set(target, read)
    }
    for (const [name, value] of changes) {
      this.#values.set(name, value)
      for (const fn of this.#listeners.get(name) ?? []) fn(value)
    }
  }
}

/** Refuses to change what is set at the start only. @throws CommandError */
function refuseFixed(name: string, reason: FixedReason, isSame: boolean): void {
  if (isSame && (reason === 'unless-same' || reason === 'port')) return
  if (reason === 'port') refuse(name, 'Unable to listen on this port: the server keeps its own')
  refuse(name, `can't set ${reason === 'protected' ? 'protected' : 'immutable'} config`)
}

/** @throws CommandError always */
function refuse(name: string, reason: string): never {
  throw new CommandError(`ERR CONFIG SET failed (possibly related to argument '${name}') - ${reason}`)
}
