import { OptionError } from '../errors.ts'
import { type ByteSize, toBytes } from '../options/byte-size.ts'
import { type Duration, toTimer } from '../options/duration.ts'
import { readGroup, readOneOf, refuseOption } from '../options/read-option.ts'
import { memoryStore } from '../stores/memory/index.ts'
import type { Store } from '../stores/store.ts'
import { type CoherenceMethod, tieredStore } from '../stores/tiered/index.ts'

/**
 * Copies of the store's entries in the memory of this process.
 * @example memory: { maxBytes: '64MB', coherenceLag: '500ms' }
 */
export interface MemoryOptions {
  /** How much memory the copies may take: bytes, or a string such as `'64MB'`. */
  readonly maxBytes: ByteSize
  /**
   * How copies stay current: `'tracking'`, Redis tells which keys are written; `'stream'`, by the
   * log of `redisStore({ log: true })`, for a Redis that refuses CLIENT TRACKING; `'ttl'`, by age
   * alone, so that content that another process invalidates is served up to `coherenceLag` longer.
   * @defaultValue `'tracking'`
   */
  readonly coherence?: CoherenceMethod | undefined
  /**
   * How long a copy may still be served after another process has invalidated it.
   * @defaultValue `'1s'`
   */
  readonly coherenceLag?: Duration | undefined
}

export const MEMORY_MEMBERS = [
  'maxBytes',
  'coherence',
  'coherenceLag',
] as const satisfies readonly (keyof MemoryOptions)[]

/** Less would hold hardly a page. */
const MIN_MEMORY_BYTES = 64 * 1024
const SIZE = `a number of bytes of at least ${MIN_MEMORY_BYTES}, a string such as '64MB'`

interface StoreOptions {
  readonly store?: Store | undefined
  readonly memory?: ByteSize | MemoryOptions | undefined
  readonly prefix?: string | undefined
}

/**
 * Returns the store of the options, with copies in memory before it where they ask for that.
 * @throws OptionError, DurationError
 */
export function storeOf({ store, memory, prefix = 'onetrip' }: StoreOptions): Store {
  if (memory === undefined) return store === undefined ? memoryStore() : store
  const { maxBytes, coherence = 'tracking', coherenceLag = '1s' } = readMemory(memory)
  const first = memoryStore({ maxBytes })
  return tieredStore({
    first,
    second: readShared(store, readOneOf('memory.coherence', coherence, ['tracking', 'stream', 'ttl'])),
    coherence,
    coherenceLag: toTimer(coherenceLag, 'The option memory.coherenceLag'),
    prefix,
  })
}

function readMemory(value: unknown): Partial<MemoryOptions> & { readonly maxBytes: number } {
  const isSize = typeof value === 'number' || typeof value === 'string'
  const group = isSize
    ? { maxBytes: value }
    : readGroup<MemoryOptions>('memory', value, `${SIZE}, or an object such as { maxBytes: '64MB' }`)
  if (group.maxBytes === undefined)
    throw new OptionError("The option memory.maxBytes is missing: pass a size such as '64MB'.")
  const maxBytes = toBytes(group.maxBytes, MIN_MEMORY_BYTES)
  return { ...group, maxBytes: maxBytes ?? refuseOption('memory.maxBytes', SIZE, group.maxBytes) }
}

/** @throws OptionError for a store that has no use for copies, or cannot keep them current */
function readShared(store: Store | undefined, coherence: CoherenceMethod): Store {
  if (!store?.capabilities?.shared) {
    throw new OptionError(
      'The option memory keeps copies of a store that processes share, such as redisStore({ url }): pass one as store. ' +
        'To keep everything in memory alone, leave memory out and pass store: memoryStore({ maxBytes }).',
    )
  }
  if (coherence === 'stream' && store.followLog === undefined) {
    throw new OptionError(
      "The option memory.coherence is 'stream', and the store has no log: pass redisStore({ log: true }), reading from primaries, " +
        'in every process that writes.',
    )
  }
  if (coherence === 'tracking' && store.follow === undefined) {
    throw new OptionError(
      'The option memory needs a store that reports what other processes write, as redisStore does if it reads from primaries. ' +
        'Leave memory out: lmdbStore and sqliteStore read from the memory of this machine as it is. With ' +
        "coherence: 'ttl' copies expire by age alone, and what another process invalidates is served up to coherenceLag longer.",
    )
  }
  return store
}
