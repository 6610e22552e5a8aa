import { type Clock, processClock } from '../../clock.ts'
import { OptionError } from '../../errors.ts'
import { show } from '../../options/show.ts'
import type { Store } from '../store.ts'
import { checkNumber, checkOptions } from '../store-options.ts'
import { MemcachedStore } from './memcached-store.ts'
import { Servers } from './servers.ts'

/** Options of {@link memcachedStore}. */
export interface MemcachedStoreOptions {
  /**
   * Addresses of the servers, each `'host'` or `'host:port'`; the same in every process.
   * @defaultValue `['localhost:11211']`
   */
  readonly servers?: readonly string[] | undefined
  /**
   * How long to wait for an answer of a server, in ms. Then its connection is closed, and opened
   * again after a pause.
   *
   * @defaultValue 1000
   */
  readonly timeout?: number | undefined
  /**
   * Largest item that memcached accepts, in bytes (its `-I`).
   *
   * @defaultValue 1 MiB less 512, which memcached needs itself
   */
  readonly maxItemBytes?: number | undefined
}

const OPTIONS = ['servers', 'timeout', 'maxItemBytes']
const DEFAULT_PORT = 11_211
/** 1 MiB, less the header of an item and the longest key. */
const DEFAULT_MAX_ITEM = 1024 * 1024 - 512

/**
 * Creates a store in one memcached or several (1.6 or later, by its meta commands). Each key is on
 * one of them, and a batch is one round trip to all of them at the same time. If a server fails,
 * only its keys do. TTLs are whole seconds; keys cannot be listed; writes are not conditional (see
 * docs/store-memcached.md).
 *
 * @throws OptionError where an option is wrong or unknown
 *
 * @example
 * ```ts
 * const store = memcachedStore({ servers: ['10.0.0.1:11211', '10.0.0.2:11211'] })
 * ```
 */
export function memcachedStore(options?: MemcachedStoreOptions): Store
/** @internal */
export function memcachedStore(options: MemcachedStoreOptions | undefined, clock: Clock): Store
export function memcachedStore(options: MemcachedStoreOptions = {}, clock = processClock): Store {
  checkOptions('memcachedStore', options, OPTIONS, "{ servers: ['localhost:11211'] }")
  const {
    servers = [`localhost:${DEFAULT_PORT}`],
    timeout = 1_000,
    maxItemBytes = DEFAULT_MAX_ITEM,
  } = options
  if (!Array.isArray(servers) || servers.length === 0)
    throw new OptionError(
      `memcachedStore: servers must be an array such as ['localhost:11211']; got ${String(servers)}`,
    )
  const addresses = servers.map(readServer)
  if (new Set(addresses.map(({ host, port }) => `${host}:${port}`)).size < addresses.length)
    throw new OptionError('memcachedStore: servers names one server twice')
  return new MemcachedStore(
    new Servers(addresses, checkNumber('memcachedStore', 'timeout', timeout, 1), clock),
    checkNumber('memcachedStore', 'maxItemBytes', maxItemBytes, 1),
    clock,
  )
}

function readServer(server: unknown): { readonly host: string; readonly port: number } {
  const match =
    typeof server === 'string' ? /^(\[[0-9a-f:.]+\]|[^\s:/@]+)(?::(\d{1,5}))?$/i.exec(server) : null
  const port = Number(match?.[2] ?? DEFAULT_PORT)
  if (match?.[1] && port >= 1 && port <= 65_535) return { host: match[1].replace(/^\[|\]$/g, ''), port }
  throw new OptionError(`memcachedStore: a server must be 'host' or 'host:port'; got ${show(server)}`)
}
