import { type Clock, processClock } from '../../clock.ts'
import { OptionError } from '../../errors.ts'
import { show } from '../../options/show.ts'
import { PipelinedConnection } from '../network/pipelined-connection.ts'
import type { Store } from '../store.ts'
import { checkNumber, checkOptions } from '../store-options.ts'
import { KyotoTycoonStore } from './kyoto-tycoon-store.ts'
import { BINARY } from './protocol.ts'

/** Options of {@link kyotoTycoonStore}. */
export interface KyotoTycoonStoreOptions {
  /** Name or address of the server. @defaultValue `'localhost'` */
  readonly host?: string | undefined
  /** @defaultValue 1978 */
  readonly port?: number | undefined
  /** Index of the database, in the order of the server's command line. @defaultValue 0 */
  readonly database?: number | undefined
  /**
   * How long to wait for an answer, in ms. Then the connection is closed, and opened again after a
   * pause.
   *
   * @defaultValue 1000
   */
  readonly timeout?: number | undefined
}

const NAME = 'kyotoTycoonStore'
const OPTIONS = ['host', 'port', 'database', 'timeout']

/**
 * Creates a store in Kyoto Tycoon, by the bulk requests of its binary protocol. TTLs are whole
 * seconds. Writes are not conditional: two processes that write one key at the same time may both
 * get `true`. docs/store-kyoto-tycoon.md says what was tested.
 *
 * @throws OptionError where an option is wrong or unknown
 *
 * @example
 * ```ts
 * const store = kyotoTycoonStore({ host: '10.0.0.1', port: 1978 })
 * ```
 */
export function kyotoTycoonStore(options?: KyotoTycoonStoreOptions): Store
/** @internal */
export function kyotoTycoonStore(options: KyotoTycoonStoreOptions | undefined, clock: Clock): Store
export function kyotoTycoonStore(options: KyotoTycoonStoreOptions = {}, clock = processClock): Store {
  checkOptions(NAME, options, OPTIONS, '{ host, port }')
  const { host = 'localhost', port = 1978, database = 0, timeout = 1_000 } = options
  if (typeof host !== 'string' || host === '' || /[\s/@]/.test(host))
    throw new OptionError(`${NAME}: host must be a name or an address; got ${show(host)}`)
  const address = {
    host,
    port: checkNumber(NAME, 'port', port, 1, 65_535),
    timeout: checkNumber(NAME, 'timeout', timeout, 1),
  }
  const connection = new PipelinedConnection(BINARY, address, clock)
  return new KyotoTycoonStore(connection, address, checkNumber(NAME, 'database', database, 0, 65_535), clock)
}
