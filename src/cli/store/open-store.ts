import { existsSync } from 'node:fs'
import type { Store } from '../../stores/store.ts'
import { shown, UsageError } from '../command/usage-error.ts'

/** The addresses of stores, as help shows them. */
export const ADDRESSES = `  redis://host:6379/0             also rediss://, with TLS
  redis-cluster://a:7000,b:7000   some of its nodes
  lmdb:./cache                    a folder
  sqlite:./cache.db               a file
  kyoto-tycoon://host:1978/0
  memcached://host:11211          to copy to; several: memcached://a:11211,b:11211`

/**
 * Size of a store that is opened to copy: larger than any, so that nothing is evicted meanwhile.
 */
const UNBOUNDED = '64GB'

/**
 * Opens the store at an address.
 * @param log logs the keys that are written, for first tiers that follow the log of a Redis
 * @throws UsageError, and what the store throws
 */
export async function openStore(address: string, log = false): Promise<Store> {
  const scheme = /^([a-z-]+):/.exec(address)?.[1]
  switch (scheme) {
    case 'redis':
    case 'rediss': {
      const { redisStore } = await installed('ioredis', () => import('../../stores/redis/index.ts'))
      return redisStore({ url: address, log })
    }
    case 'redis-cluster': {
      const { redisStore } = await installed('ioredis', () => import('../../stores/redis/index.ts'))
      return redisStore({ ...readCluster(address), log })
    }
    case 'lmdb': {
      const { lmdbStore } = await installed('lmdb', () => import('../../stores/lmdb/index.ts'))
      return lmdbStore({ path: pathOf(address), maxBytes: UNBOUNDED })
    }
    case 'sqlite': {
      const { sqliteStore } = await import('../../stores/sqlite/index.ts')
      return sqliteStore({ path: pathOf(address), maxBytes: UNBOUNDED })
    }
    case 'memcached': {
      if (address.includes('@'))
        throw new UsageError(`${shown(address)} has a user name: memcached has no users.`)
      const { memcachedStore } = await import('../../stores/memcached/index.ts')
      return memcachedStore({ servers: address.slice('memcached://'.length).split(',') })
    }
    case 'kyoto-tycoon': {
      const { kyotoTycoonStore } = await import('../../stores/kyoto-tycoon/index.ts')
      const { host, port, database } = readKyotoTycoon(address)
      return kyotoTycoonStore({ host, port, database })
    }
    default:
      throw new UsageError(`${shown(address)} is not the address of a store. Addresses are:\n${ADDRESSES}`)
  }
}

/** Refuses the file of an embedded store that does not exist. @throws UsageError */
export function refuseMissing(address: string): void {
  if (!/^(lmdb|sqlite):/.test(address) || existsSync(pathOf(address))) return
  throw new UsageError(`There is nothing at ${shown(address)} to copy from.`)
}

function pathOf(address: string): string {
  const path = address.slice(address.indexOf(':') + 1)
  if (path !== '') return path
  throw new UsageError(`${shown(address)} has no path: write one, such as ${shown(address)}./cache`)
}

function readKyotoTycoon(address: string): { host: string; port: number; database: number } {
  const match = /^kyoto-tycoon:\/\/([^:/@]+)(?::(\d+))?(?:\/(\d+))?$/.exec(address)
  if (!match?.[1]) throw new UsageError(`${shown(address)} must be like kyoto-tycoon://host:1978/0`)
  return { host: match[1], port: Number(match[2] ?? 1978), database: Number(match[3] ?? 0) }
}

/** Reads `redis-cluster://user:password@a:7000,b:7000`. @throws UsageError */
export function readCluster(address: string): {
  nodes: { host: string; port: number }[]
  username?: string
  password?: string
} {
  const match = /^redis-cluster:\/\/(?:([^:@]*):([^@]*)@)?(.+)$/.exec(address)
  const nodes = (match?.[3] ?? '').split(',').map((node) => /^([^:]+):(\d+)$/.exec(node))
  if (!match || nodes.includes(null))
    throw new UsageError(`${shown(address)} must be like redis-cluster://a:7000,b:7000`)
  const [, username, password] = match
  return {
    nodes: nodes.map((node) => ({ host: node?.[1] ?? '', port: Number(node?.[2]) })),
    ...(username && { username: decodeURIComponent(username) }),
    ...(password && { password: decodeURIComponent(password) }),
  }
}

export async function installed<Module>(name: string, load: () => Promise<Module>): Promise<Module> {
  try {
    return await load()
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new UsageError(`This store needs the package ${name}: npm install ${name}`)
  }
}
