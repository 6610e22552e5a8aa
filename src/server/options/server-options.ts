import { CommandError } from '../command-error.ts'
import type { Config } from '../config/config.ts'
import {
  optionError,
  readBytes,
  readPort,
  readText,
  refuseOption,
  refuseUnknown,
  show,
} from './read-option.ts'

/** Options of `startServer()`. */
export interface ServerOptions {
  /**
   * Port to listen on. 0 takes a free one: `server.port` says which.
   * @defaultValue 0
   */
  readonly port?: number
  /**
   * Address to listen on. Beyond this machine, clients of other machines are refused unless there
   * is a `password`.
   * @defaultValue '127.0.0.1'
   */
  readonly host?: string
  /**
   * Password that clients must send.
   * @defaultValue none
   */
  readonly password?: string
  /**
   * Memory of all keys, as the server estimates it, in bytes or as a string such as `'64MB'`. 0 is
   * no limit. Beyond it commands that add are refused, or keys are evicted: by the parameter
   * `maxmemory-policy` of `config`.
   * @defaultValue 0
   */
  readonly maxMemory?: number | string
  /**
   * File that the keys are read from at the start, if it exists, and written to by `close()`.
   * @defaultValue none: the keys end with the server
   */
  readonly save?: string
  /**
   * Parameters of Redis, as CONFIG SET takes them.
   * @defaultValue \{\}
   * @example `{ 'maxmemory-policy': 'allkeys-lru', 'notify-keyspace-events': 'Ex' }`
   */
  readonly config?: Readonly<Record<string, string | number>>
  /**
   * Called with a line for each connection and each command. What it throws is warned about once.
   * @defaultValue none
   */
  readonly log?: (line: string) => void
}

/** Options as the server needs them. */
export interface ResolvedServerOptions {
  readonly port: number
  readonly host: string
  readonly save: string | undefined
  readonly log: ((line: string) => void) | undefined
  /** Parameters of CONFIG, checked. */
  readonly parameters: readonly (readonly [name: string, value: string])[]
}

export const SERVER_OPTIONS = ['port', 'host', 'password', 'maxMemory', 'save', 'config', 'log'] as const

/** @throws ServerError */
export function readServerOptions(options: unknown): ResolvedServerOptions {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw optionError(`startServer() takes an object of options, not ${show(options)}.`)
  refuseUnknown('startServer()', options, SERVER_OPTIONS)
  const {
    port = 0,
    host = '127.0.0.1',
    password,
    maxMemory,
    save,
    config = {},
    log,
  } = options as ServerOptions
  if (log !== undefined && typeof log !== 'function') refuseOption('log', 'a function', log)
  const parameters = readConfig(config)
  if (password !== undefined) parameters.push(['requirepass', readText('password', password)])
  if (maxMemory !== undefined) parameters.push(['maxmemory', String(readBytes('maxMemory', maxMemory))])
  return {
    port: readPort(port),
    host: readText('host', host),
    save: save === undefined ? undefined : readText('save', save),
    log,
    parameters,
  }
}

/** Parameters that options stand for, which do more. */
const SET_BY_OPTIONS: Readonly<Record<string, string>> = {
  bind: 'host',
  dbfilename: 'save',
  dir: 'save',
  port: 'port',
}

/**
 * Sets the parameters of the options.
 *
 * @throws ServerError
 */
export function configure(config: Config, parameters: ResolvedServerOptions['parameters']): void {
  for (const [name, value] of parameters) {
    try {
      config.setInitial([[name, value]])
    } catch (thrown) {
      if (!(thrown instanceof CommandError)) throw thrown
      const reason = thrown.message.replace(/^.*? - /, '')
      throw optionError(
        config.names.includes(name)
          ? `The option config: ${name} is ${show(value)}: ${reason}.`
          : `The option config has "${name}", which the server does not know: CONFIG GET * lists its parameters.`,
      )
    }
  }
}

function readConfig(config: unknown): [name: string, value: string][] {
  if (typeof config !== 'object' || config === null || Array.isArray(config))
    refuseOption('config', "an object such as { 'maxmemory-policy': 'allkeys-lru' }", config)
  return Object.entries(config as object).map(([name, value]) => {
    const option = SET_BY_OPTIONS[name.toLowerCase()]
    if (option !== undefined) throw optionError(`The option config has "${name}": use the option ${option}.`)
    if (typeof value !== 'string' && typeof value !== 'number')
      refuseOption(`config: ${name}`, 'a string or a number', value)
    return [name.toLowerCase(), String(value)]
  })
}
