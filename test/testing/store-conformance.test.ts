import { describe, expect, it } from 'vitest'
import { memoryStore } from '../../src/stores/memory/index.ts'
import { STAMP_LENGTH, type Store, type StoreCapabilities } from '../../src/stores/store.ts'
import { storeConformance } from '../../src/testing/index.ts'
import { TestClock, timeOf } from '../helpers/test-clock.ts'

const clock = new TestClock()
const capabilities: StoreCapabilities = { shared: false, conditional: true, ttlPrecision: 1 }

/** Runs the suite by a test runner of three lines; answers the titles of the cases that failed. */
async function failuresOf(create: () => Store, kept = capabilities): Promise<string[]> {
  const cases: [title: string, run: () => Promise<void>][] = []
  storeConformance({
    name: 'a store',
    describe: (_, fn) => fn(),
    it: (title, run) => cases.push([title, run]),
    create,
    capabilities: kept,
    time: timeOf(clock),
  })
  const failed: string[] = []
  for (const [title, run] of cases) await run().catch(() => failed.push(title))
  return failed
}

/** A memory store of which some methods are others. */
function broken(change: (store: Store) => Partial<Store>): () => Store {
  return () => {
    const store: Store = memoryStore({}, clock)
    const bound = Object.fromEntries(
      ['getMany', 'stampMany', 'setMany', 'touchMany', 'deleteMany', 'keys', 'clock', 'clear', 'close'].map(
        (name) => [name, (store[name as keyof Store] as () => unknown).bind(store)],
      ),
    )
    return { capabilities: store.capabilities, ...bound, ...change(store) } as Store
  }
}

/** Each is a slip that somebody who writes a store makes, and what the suite says of it. */
const SLIPS: Record<string, [slip: (store: Store) => Partial<Store>, says: RegExp]> = {
  'answers each key once': [
    (s) => ({ getMany: (keys) => s.getMany([...new Set(keys)]) }),
    /a key that is asked twice twice/,
  ],
  'answers in its own order': [(s) => ({ getMany: (keys) => s.getMany([...keys].sort()) }), /keys' order/],
  'answers undefined for absent': [
    (s) => ({ getMany: async (keys) => (await s.getMany(keys)).map((v) => v ?? (undefined as never)) }),
    /absent one with null/,
  ],
  'answers without the head': [
    (s) => ({
      getMany: async (keys) =>
        (await s.getMany(keys)).map((v) => (Buffer.isBuffer(v) ? v.subarray(STAMP_LENGTH) : v)),
    }),
    /17 bytes before each value/,
  ],
  'keeps text instead of bytes': [
    (s) => ({
      setMany: (entries) => s.setMany(entries.map((e) => ({ ...e, value: Buffer.from(e.value.toString()) }))),
    }),
    /no valid UTF-8/,
  ],
  'cuts values at a NUL': [
    (s) => ({
      setMany: (entries) =>
        s.setMany(
          entries.map((e) => {
            const end = e.value.indexOf(0)
            return end < 0 ? e : { ...e, value: e.value.subarray(0, end) }
          }),
        ),
    }),
    /one NUL/,
  ],
  'trims keys': [
    (s) => ({
      setMany: (entries) => s.setMany(entries.map((e) => ({ ...e, key: e.key.trim() }))),
      getMany: (keys) => s.getMany(keys.map((key) => key.trim())),
    }),
    /any text as a key/,
  ],
  'normalises keys': [
    (s) => ({
      setMany: (entries) => s.setMany(entries.map((e) => ({ ...e, key: e.key.normalize() }))),
      getMany: (keys) => s.getMany(keys.map((key) => key.normalize())),
    }),
    /any text as a key/,
  ],
  'ignores `ifStamp`': [
    (s) => ({ setMany: (entries) => s.setMany(entries.map(({ ifStamp, ...e }) => e)) }),
    /tombstone/,
  ],
  'ignores `ifStamp: null`': [
    (s) => ({
      setMany: (es) => s.setMany(es.map(({ ifStamp, ...e }) => (ifStamp ? { ...e, ifStamp } : e))),
    }),
    /`ifStamp: null` writes/,
  ],
  'ignores `notAfter`': [
    (s) => ({ setMany: (entries) => s.setMany(entries.map(({ notAfter, ...e }) => e)) }),
    /`notAfter`/,
  ],
  'compares, and writes later': [
    (s) => ({
      async setMany(entries) {
        const found = await s.getMany(entries.map(({ key }) => key))
        const held = entries.map(({ ifStamp }, i) => {
          const there = found[i] as Buffer | null
          return (
            ifStamp === undefined ||
            (ifStamp === null ? !there : !!there?.subarray(0, STAMP_LENGTH).equals(ifStamp))
          )
        })
        await new Promise((resolve) => setImmediate(resolve))
        return Promise.all(
          entries.map(async ({ ifStamp, ...e }, i) =>
            held[i] ? ((await s.setMany([e]))[0] as boolean) : false,
          ),
        )
      },
    }),
    /exactly one is made/,
  ],
  'stamps though `onlyAbsent`': [
    (s) => ({ stampMany: (stamps) => s.stampMany(stamps.map(({ onlyAbsent, ...stamp }) => stamp)) }),
    /`onlyAbsent`/,
  ],
  'stamps everything as deleted': [
    (s) => ({ stampMany: (stamps) => s.stampMany(stamps.map((stamp) => ({ ...stamp, kind: 'deleted' }))) }),
    /stamps as bare heads/,
  ],
  'has no ttl': [
    (s) => ({ setMany: (entries) => s.setMany(entries.map((e) => ({ ...e, ttl: 1e6 }))) }),
    /for its ttl, and not longer/,
  ],
  'takes the ttl for seconds': [
    (s) => ({ setMany: (entries) => s.setMany(entries.map((e) => ({ ...e, ttl: Number(e.ttl) * 1_000 }))) }),
    /for its ttl, and not longer/,
  ],
  'shortens a life by a touch': [
    (s) => ({
      async touchMany(items) {
        const found = await s.getMany(items.map(({ key }) => key))
        await s.setMany(
          items.flatMap(({ key, ttl }, i) => {
            const there = found[i] as Buffer | null
            return there ? [{ key, ttl, value: there.subarray(STAMP_LENGTH) }] : []
          }),
        )
        return found.map((v) => v !== null)
      },
    }),
    /never shortens/,
  ],
  'says true of every touch': [
    (s) => ({ touchMany: async (items) => (await s.touchMany(items)).map(() => true) }),
    /says where the key is absent/,
  ],
  'counts what it was asked to delete': [
    (s) => ({ deleteMany: (keys) => s.deleteMany(keys).then(() => keys.length) }),
    /counts those that were there/,
  ],
  'clears what looks like the prefix': [
    (s) => ({ clear: (prefix) => s.clear(prefix.replace(/[:*?\\[\]]$/, '')) }),
    /clears a prefix and no other key/,
  ],
  'rounds a ttl instead of refusing it': [
    (s) => ({
      setMany: (es) => s.setMany(es.map((e) => ({ ...e, ttl: Math.max(1, Math.ceil(Number(e.ttl))) }))),
    }),
    /ttl that is no whole number/,
  ],
  'fails the whole batch for one entry': [
    (s) => ({
      async setMany(entries) {
        const answers = await s.setMany(entries)
        const error = answers.find((answer) => answer instanceof Error)
        if (error) throw error
        return answers
      },
    }),
    /ttl that is no whole number/,
  ],
  'has a clock in seconds': [
    (s) => ({ clock: async () => (await s.clock()) / 1_000 }),
    /clock in milliseconds/,
  ],
  'has a clock that stands still': [() => ({ clock: async () => 1_700_000_000_000 }), /goes forward/],
  'says it keeps more': [() => ({ capabilities: { ...capabilities, shared: true } }), /says what it keeps/],
  'works on after close': [() => ({ close: async () => {} }), /after close\(\)/],
}

describe('storeConformance', () => {
  it('passes for a store that is right', async () => {
    expect(await failuresOf(broken(() => ({})))).toEqual([])
  })

  it('passes for a store that lists no keys', async () => {
    expect(await failuresOf(broken(() => ({ keys: undefined as never })))).toEqual([])
  })

  it.each(Object.entries(SLIPS))('finds a store that %s', async (_, [slip, says]) => {
    expect((await failuresOf(broken(slip))).join('\n')).toMatch(says)
  })

  it('leaves out what a store does not keep, and nothing else', async () => {
    const slip = SLIPS['compares, and writes later']?.[0] as (store: Store) => Partial<Store>
    const less = { ...capabilities, conditional: false }
    expect(
      await failuresOf(
        broken((store) => ({ ...slip(store), capabilities: less })),
        less,
      ),
    ).toEqual([])
    const ignores = broken((s) => ({
      setMany: (es) => s.setMany(es.map(({ ifStamp, ...e }) => e)),
      capabilities: less,
    }))
    expect((await failuresOf(ignores, less)).join('\n')).toMatch(
      /`ifStamp: stamp` writes over that head alone/,
    )
  })

  it('gives a store of whole seconds the time it needs', async () => {
    const seconds = { ...capabilities, ttlPrecision: 1_000 }
    const rough = <T>(ttl: T) =>
      typeof ttl === 'number' && Number.isSafeInteger(ttl) && ttl > 0
        ? ((Math.ceil(ttl / 1_000) * 1_000) as T)
        : ttl
    const create = broken((s) => ({
      capabilities: seconds,
      setMany: (es) => s.setMany(es.map((e) => ({ ...e, ttl: rough(e.ttl) }))),
      stampMany: (es) => s.stampMany(es.map((e) => ({ ...e, ttl: rough(e.ttl) }))),
      touchMany: (es) => s.touchMany(es.map((e) => ({ ...e, ttl: rough(e.ttl) }))),
    }))
    expect(await failuresOf(create, seconds)).toEqual([])
  })
})
