import { describe, expect, it } from 'vitest'
import { memoryStore } from '../../src/stores/memory/index.ts'
import { STAMP_LENGTH, type Store, type StoreCapabilities } from '../../src/stores/store.ts'
import { storeConformance } from '../../src/testing/index.ts'
import { TestClock, timeOf } from '../helpers/test-clock.ts'

const clock = new TestClock()
const capabilities: StoreCapabilities = { shared: false, conditional: true, ttlPrecision: 1 }

/** Runs the suite by a minimal test runner. Returns the titles of the tests that failed. */
async function failuresOf(create: () => Store, expected = capabilities): Promise<string[]> {
  const cases: [title: string, run: () => Promise<void>][] = []
  storeConformance({
    name: 'a store',
    describe: (_, fn) => fn(),
    it: (title, run) => cases.push([title, run]),
    create,
    capabilities: expected,
    time: timeOf(clock),
  })
  const failed: string[] = []
  for (const [title, run] of cases) await run().catch(() => failed.push(title))
  return failed
}

/** Returns a memory store with some methods replaced. */
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

/** Mistakes of an author of a store, each with the title of a test that finds it. */
const MISTAKES: Record<string, [mistake: (store: Store) => Partial<Store>, title: RegExp]> = {
  'returns a repeated key once': [
    (s) => ({ getMany: (keys) => s.getMany([...new Set(keys)]) }),
    /repeated ones twice/,
  ],
  'returns values in its own order': [
    (s) => ({ getMany: (keys) => s.getMany([...keys].sort()) }),
    /in the order of the keys/,
  ],
  'returns undefined for an absent key': [
    (s) => ({ getMany: async (keys) => (await s.getMany(keys)).map((v) => v ?? (undefined as never)) }),
    /absent ones as null/,
  ],
  'returns values without their stamp': [
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
    /invalid UTF-8/,
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
    /any string as a key/,
  ],
  'normalises keys': [
    (s) => ({
      setMany: (entries) => s.setMany(entries.map((e) => ({ ...e, key: e.key.normalize() }))),
      getMany: (keys) => s.getMany(keys.map((key) => key.normalize())),
    }),
    /any string as a key/,
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
        const allowed = entries.map(({ ifStamp }, i) => {
          const there = found[i] as Buffer | null
          return (
            ifStamp === undefined ||
            (ifStamp === null ? !there : !!there?.subarray(0, STAMP_LENGTH).equals(ifStamp))
          )
        })
        await new Promise((resolve) => setImmediate(resolve))
        return Promise.all(
          entries.map(async ({ ifStamp, ...e }, i) =>
            allowed[i] ? ((await s.setMany([e]))[0] as boolean) : false,
          ),
        )
      },
    }),
    /makes exactly one/,
  ],
  'ignores `onlyAbsent`': [
    (s) => ({ stampMany: (stamps) => s.stampMany(stamps.map(({ onlyAbsent, ...stamp }) => stamp)) }),
    /`onlyAbsent`/,
  ],
  'makes every stamp `deleted`': [
    (s) => ({ stampMany: (stamps) => s.stampMany(stamps.map((stamp) => ({ ...stamp, kind: 'deleted' }))) }),
    /writes bare stamps/,
  ],
  'has no ttl': [
    (s) => ({ setMany: (entries) => s.setMany(entries.map((e) => ({ ...e, ttl: 1e6 }))) }),
    /an entry expires after its ttl/,
  ],
  'takes the ttl for seconds': [
    (s) => ({ setMany: (entries) => s.setMany(entries.map((e) => ({ ...e, ttl: Number(e.ttl) * 1_000 }))) }),
    /an entry expires after its ttl/,
  ],
  'shortens a ttl by a touch': [
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
  'returns true for every touch': [
    (s) => ({ touchMany: async (items) => (await s.touchMany(items)).map(() => true) }),
    /reports an absent key/,
  ],
  'counts deleted keys that were absent': [
    (s) => ({ deleteMany: (keys) => s.deleteMany(keys).then(() => keys.length) }),
    /counts those that were there/,
  ],
  'clears keys that do not begin with the prefix': [
    (s) => ({ clear: (prefix) => s.clear(prefix.replace(/[:*?\\[\]]$/, '')) }),
    /clears a prefix of any characters, and no other key/,
  ],
  'rounds a ttl instead of refusing it': [
    (s) => ({
      setMany: (es) => s.setMany(es.map((e) => ({ ...e, ttl: Math.max(1, Math.ceil(Number(e.ttl))) }))),
    }),
    /ttl that is not a whole number/,
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
    /ttl that is not a whole number/,
  ],
  'has a clock in seconds': [
    (s) => ({ clock: async () => (await s.clock()) / 1_000 }),
    /clock in milliseconds/,
  ],
  'has a clock that stands still': [() => ({ clock: async () => 1_700_000_000_000 }), /goes forward/],
  'claims more than it can': [
    () => ({ capabilities: { ...capabilities, shared: true } }),
    /has the expected capabilities/,
  ],
  'works on after close': [() => ({ close: async () => {} }), /after close\(\)/],
}

describe('storeConformance', () => {
  it('passes for a correct store', async () => {
    expect(await failuresOf(broken(() => ({})))).toEqual([])
  })

  it('passes for a store that cannot list keys', async () => {
    expect(await failuresOf(broken(() => ({ keys: undefined as never })))).toEqual([])
  })

  it.each(Object.entries(MISTAKES))('finds a store that %s', async (_, [mistake, title]) => {
    expect((await failuresOf(broken(mistake))).join('\n')).toMatch(title)
  })

  it('leaves out only the tests of missing capabilities', async () => {
    const mistake = MISTAKES['compares, and writes later']?.[0] as (store: Store) => Partial<Store>
    const less = { ...capabilities, conditional: false }
    expect(
      await failuresOf(
        broken((store) => ({ ...mistake(store), capabilities: less })),
        less,
      ),
    ).toEqual([])
    const ignores = broken((s) => ({
      setMany: (es) => s.setMany(es.map(({ ifStamp, ...e }) => e)),
      capabilities: less,
    }))
    expect((await failuresOf(ignores, less)).join('\n')).toMatch(/`ifStamp: stamp` replaces the entry/)
  })

  it('waits long enough for a store of whole seconds', async () => {
    const seconds = { ...capabilities, ttlPrecision: 1_000 }
    const roundUp = <T>(ttl: T) =>
      typeof ttl === 'number' && Number.isSafeInteger(ttl) && ttl > 0
        ? ((Math.ceil(ttl / 1_000) * 1_000) as T)
        : ttl
    const create = broken((s) => ({
      capabilities: seconds,
      setMany: (es) => s.setMany(es.map((e) => ({ ...e, ttl: roundUp(e.ttl) }))),
      stampMany: (es) => s.stampMany(es.map((e) => ({ ...e, ttl: roundUp(e.ttl) }))),
      touchMany: (es) => s.touchMany(es.map((e) => ({ ...e, ttl: roundUp(e.ttl) }))),
    }))
    expect(await failuresOf(create, seconds)).toEqual([])
  })
})
