import { type Clock, processClock } from '../../clock.ts'
import { OptionError } from '../../errors.ts'
import { refuseUnknownOptions } from '../../options/unknown-option.ts'
import type { Store } from '../store.ts'
import { MemcachedStore } from './memcached-store.ts'
import { Servers } from './servers.ts'

export interface MemcachedStoreOptions {
  /** `'host'` or `'host:port'`, the same list in every process. Default: `['localhost:11211']`. */
  readonly servers?: readonly string[] | undefined
  /** How long a server may take to answer, in milliseconds. Then it is left, and tried again after a pause. Default: 1000. */
  readonly timeout?: number | undefined
  /** What memcached takes as one item, in bytes (its `-I`). Default: 1 MiB, less what it needs for itself. */
  readonly maxItemBytes?: number | undefined
}

const OPTIONS = ['servers', 'timeout', 'maxItemBytes']
const DEFAULT_PORT = 11_211
/** 1 MiB, less the item's header and the longest key. */
const DEFAULT_MAX_ITEM = 1024 * 1024 - 512

/**
 * A store in one memcached or several (1.6 or later, by its meta commands), each key on one of them: a batch is one round trip to
 * each server, at the same time. A server that fails is an error for its keys alone. Whole seconds; it cannot list keys, nor
 * check `until`: see the documentation for what that means.
 * @throws OptionError
 */
export function memcachedStore(options?: MemcachedStoreOptions): Store
/** @internal */
export function memcachedStore(options: MemcachedStoreOptions | undefined, clock: Clock): Store
export function memcachedStore(options: MemcachedStoreOptions = {}, clock = processClock): Store {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw new OptionError(
      `memcachedStore takes an object, such as { servers: ['localhost:11211'] }; got ${String(options)}`,
    )
  refuseUnknownOptions('memcachedStore', options, OPTIONS)
  const {
    servers = [`localhost:${DEFAULT_PORT}`],
    timeout = 1_000,
    maxItemBytes = DEFAULT_MAX_ITEM,
  } = options
  if (!Array.isArray(servers) || servers.length === 0)
    throw new OptionError(
      `memcachedStore: servers must be a list such as ['localhost:11211']; got ${String(servers)}`,
    )
  const addresses = servers.map(readServer)
  if (new Set(addresses.map(({ host, port }) => `${host}:${port}`)).size < addresses.length)
    throw new OptionError('memcachedStore: servers names one server twice')
  return new MemcachedStore(
    new Servers(addresses, readNumber('timeout', timeout), clock),
    readNumber('maxItemBytes', maxItemBytes),
    clock,
  )
}

function readServer(server: unknown): { readonly host: string; readonly port: number } {
  const match =
    typeof server === 'string' ? /^(\[[0-9a-f:.]+\]|[^\s:/@]+)(?::(\d{1,5}))?$/i.exec(server) : null
  const port = Number(match?.[2] ?? DEFAULT_PORT)
  if (match?.[1] && port >= 1 && port <= 65_535) return { host: match[1].replace(/^\[|\]$/g, ''), port }
  throw new OptionError(
    `memcachedStore: a server is 'host' or 'host:port'; got ${JSON.stringify(server) ?? String(server)}`,
  )
}

function readNumber(name: string, value: unknown): number {
  if (Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) < 2 ** 31)
    return value as number
  throw new OptionError(`memcachedStore: ${name} must be a whole number, at least 1; got ${String(value)}`)
}
