import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { Hash } from '../../../src/server/commands/hashes/hash.ts'
import { List } from '../../../src/server/commands/lists/list.ts'
import { StringSet } from '../../../src/server/commands/sets/string-set.ts'
import { SortedSet } from '../../../src/server/commands/sorted-sets/sorted-set.ts'
import { Stream } from '../../../src/server/commands/streams/stream.ts'
import { Config } from '../../../src/server/config/config.ts'
import { EncodingLimits } from '../../../src/server/config/encoding-limits.ts'
import { bytesOf, type Container, Entry } from '../../../src/server/data/entry.ts'
import { KeyTable } from '../../../src/server/data/key-table.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const limits = new EncodingLimits(new Config())
/** Bytes that are measured: beside them what else happens in this process is little. */
const ENOUGH = 6e6
const NOW = 1_700_000_000_000

/** A string as a request brings it: of its own, not a part of another one. */
const text = (value: string | number) => Buffer.from(String(value), 'latin1').toString('latin1')
const name = (n: number) => text(String(n).padStart(20, 'x'))

const FILL: Record<string, (size: number, seed: number) => Container> = {
  list: (size, seed) => {
    const list = new List()
    for (let n = 0; n < size; n++) list.push('right', name(seed + n))
    return list
  },
  set: (size, seed) => {
    const set = new StringSet()
    for (let n = 0; n < size; n++) set.add(name(seed + n))
    return set
  },
  hash: (size, seed) => {
    const hash = new Hash()
    for (let n = 0; n < size; n++) hash.set(text(`field ${seed + n}`), name(n))
    return hash
  },
  'sorted set': (size, seed) => {
    const set = new SortedSet()
    for (let n = 0; n < size; n++) set.set(name(seed + n), ((n * 7919) % 10_007) / 8)
    return set
  },
  stream: (size, seed) => {
    const stream = new Stream()
    for (let n = 1; n <= size; n++) {
      const fields = [text('field'), name(seed + n)]
      stream.append({ ms: NOW + n, seq: 0 }, fields, 25, limits)
    }
    return stream
  },
}

/** Returns an estimate as a fraction of what the heap holds. */
function ratio(make: () => { bytes: number; made: unknown }): number {
  // What the engine keeps of its own, such as compiled code, is made the first time.
  make()
  const before = heapUsed()
  const { bytes, made } = make()
  const used = heapUsed() - before
  // Until here it is not garbage.
  expect(made).toBeDefined()
  return bytes / used
}

function heapUsed(): number {
  // Some garbage is found only after other garbage is gone.
  for (let n = 0; n < 2; n++) collect()
  return process.memoryUsage().heapUsed
}

const CASES = Object.keys(FILL).flatMap((type) => [1, 10, 20_000].map((size) => [type, size] as const))

test.each(CASES)('the memory of a %s with %i items is estimated within 15 %%', (type, size) => {
  const fill = FILL[type] as (size: number, seed: number) => Container
  const estimated = ratio(() => {
    const made: Container[] = []
    let bytes = 0
    for (let seed = 0; bytes < ENOUGH; seed += size) {
      const one = fill(size, seed)
      made.push(one)
      bytes += one.bytes
    }
    return { bytes, made }
  })
  expect(Math.abs(estimated - 1), `${estimated} of the heap`).toBeLessThan(0.15)
})

/** Three quarters of the places that a table of them has. */
const KEYS = 24_576

test.each([
  ['short', 10],
  ['long', 300],
])('the memory of a key with a %s string is estimated within 15 %%', (_kind, length) => {
  const estimated = ratio(() => {
    const made = new KeyTable()
    let bytes = 0
    for (let n = 0; n < KEYS; n++) {
      const entry = new Entry(text('v'.repeat(length)), NOW)
      const key = text(`key:${n}`)
      made.insert(key, entry)
      bytes += bytesOf(key, entry)
    }
    return { bytes, made }
  })
  expect(Math.abs(estimated - 1), `${estimated} of the heap`).toBeLessThan(0.15)
})
