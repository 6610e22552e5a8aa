import { readInteger } from '../data/numbers.ts'

/** One parameter of CONFIG. */
export interface ConfigParameter {
  readonly initial: string
  /** Returns the value in its usual form, or why it is refused. */
  read(value: string): string | { readonly error: string }
}

function text(initial: string): ConfigParameter {
  return { initial, read: (value) => value }
}

function integer(initial: number, min = 0, max = Number.MAX_SAFE_INTEGER): ConfigParameter {
  return {
    initial: String(initial),
    read: (value) => {
      const number = readInteger(value)
      if (number === undefined) return { error: "argument couldn't be parsed into an integer" }
      if (number < min || number > max)
        return { error: `argument must be between ${min} and ${max} inclusive` }
      return String(number)
    },
  }
}

function oneOf(initial: string, values: readonly string[]): ConfigParameter {
  return {
    initial,
    read: (value) => {
      const found = value.toLowerCase()
      if (values.includes(found)) return found
      return { error: `argument(s) must be one of the following: ${values.join(', ')}` }
    },
  }
}

function yesOrNo(initial: 'yes' | 'no'): ConfigParameter {
  return {
    initial,
    read: (value) => {
      const found = value.toLowerCase()
      return found === 'yes' || found === 'no' ? found : { error: "argument must be 'yes' or 'no'" }
    },
  }
}

const UNITS: Record<string, number> = {
  '': 1,
  b: 1,
  k: 1e3,
  kb: 1024,
  m: 1e6,
  mb: 1024 ** 2,
  g: 1e9,
  gb: 1024 ** 3,
}

function memory(initial: number): ConfigParameter {
  return {
    initial: String(initial),
    read: (value) => {
      const [, digits, unit = ''] = /^(\d+)([a-z]*)$/i.exec(value) ?? []
      const factor = UNITS[unit.toLowerCase()]
      if (digits === undefined || factor === undefined) return { error: 'argument must be a memory value' }
      return String(Number(digits) * factor)
    },
  }
}

/** The parameters of CONFIG GET and CONFIG SET. Those that change nothing here are there for tools that set them. */
export const CONFIG_PARAMETERS: ReadonlyMap<string, ConfigParameter> = new Map(
  Object.entries({
    appendonly: yesOrNo('no'),
    databases: integer(16, 1),
    'hash-max-listpack-entries': integer(512),
    'hash-max-listpack-value': integer(64),
    'hash-max-ziplist-entries': integer(512),
    'hash-max-ziplist-value': integer(64),
    'hll-sparse-max-bytes': integer(3_000),
    'lfu-decay-time': integer(1),
    'lfu-log-factor': integer(10),
    'list-max-listpack-size': integer(-2, -5),
    'list-max-ziplist-size': integer(-2, -5),
    maxclients: integer(10_000, 1),
    maxmemory: memory(0),
    'maxmemory-policy': oneOf('noeviction', [
      'volatile-lru',
      'volatile-lfu',
      'volatile-random',
      'volatile-ttl',
      'allkeys-lru',
      'allkeys-lfu',
      'allkeys-random',
      'noeviction',
    ]),
    'maxmemory-samples': integer(5, 1, 64),
    'notify-keyspace-events': text(''),
    'protected-mode': yesOrNo('yes'),
    requirepass: text(''),
    save: text(''),
    'set-max-intset-entries': integer(512),
    'stream-node-max-bytes': memory(4096),
    'stream-node-max-entries': integer(100),
    'zset-max-listpack-entries': integer(128),
    'zset-max-listpack-value': integer(64),
    'zset-max-ziplist-entries': integer(128),
    'zset-max-ziplist-value': integer(64),
  }),
)
