import { type Clock, processClock } from '../../clock.ts'
import { OptionError } from '../../errors.ts'
import { refuseUnknownOptions } from '../../options/unknown-option.ts'
import { PipelinedConnection } from '../network/pipelined-connection.ts'
import type { Store } from '../store.ts'
import { KyotoTycoonStore } from './kyoto-tycoon-store.ts'
import { BINARY } from './protocol.ts'

export interface KyotoTycoonStoreOptions {
  /** Default: `'localhost'`. */
  readonly host?: string | undefined
  /** Default: 1978. */
  readonly port?: number | undefined
  /** The index of the database, in the order of the server's command line. Default: 0. */
  readonly database?: number | undefined
  /** How long the server may take to answer, in milliseconds. Then it is left, and tried again. Default: 1000. */
  readonly timeout?: number | undefined
}

const OPTIONS = ['host', 'port', 'database', 'timeout']

/**
 * A store in Kyoto Tycoon, by the bulk requests of its binary protocol. It has whole seconds and no conditional write: two
 * processes that write one key at the same time may both believe that they were the only one. See the documentation for what
 * was tested against what.
 * @throws OptionError
 */
export function kyotoTycoonStore(options?: KyotoTycoonStoreOptions): Store
/** @internal */
export function kyotoTycoonStore(options: KyotoTycoonStoreOptions | undefined, clock: Clock): Store
export function kyotoTycoonStore(options: KyotoTycoonStoreOptions = {}, clock = processClock): Store {
  if (typeof options !== 'object' || options === null)
    throw new OptionError(`kyotoTycoonStore takes an object, such as { host, port }; got ${String(options)}`)
  refuseUnknownOptions('kyotoTycoonStore', options, OPTIONS)
  const { host = 'localhost', port = 1978, database = 0, timeout = 1_000 } = options
  if (typeof host !== 'string' || host === '' || /[\s/@]/.test(host))
    throw new OptionError(`kyotoTycoonStore: host must be a name or an address; got ${JSON.stringify(host)}`)
  const address = {
    host,
    port: readNumber('port', port, 1, 65_535),
    timeout: readNumber('timeout', timeout, 1, 2 ** 31 - 1),
  }
  const connection = new PipelinedConnection(BINARY, address, clock)
  return new KyotoTycoonStore(connection, address, readNumber('database', database, 0, 65_535), clock)
}

function readNumber(name: string, value: unknown, least: number, most: number): number {
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most)
    return value as number
  throw new OptionError(
    `kyotoTycoonStore: ${name} must be a whole number from ${least} to ${most}; got ${String(value)}`,
  )
}
