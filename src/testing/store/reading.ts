import assert from 'node:assert/strict'
import type { Write } from '../../stores/store.ts'
import { bytesOf, LONG, read, readValue, type StoreCase, write } from './case.ts'

const VALUES: Readonly<Record<string, Buffer>> = {
  'no bytes': Buffer.alloc(0),
  'one NUL': Buffer.from([0]),
  'all bytes': Buffer.from(Array.from({ length: 256 }, (_, i) => i)),
  'invalid UTF-8': Buffer.from([0xff, 0xfe, 0x80, 0xc0]),
  'text beyond ASCII': Buffer.from('Amélie, 千と千尋の神隠し, 👩‍👩‍👧'),
  'line ends': Buffer.from('\r\n$-1\r\n*0\r\n'),
  '1 MiB': Buffer.alloc(1024 * 1024, 'onetrip\0'),
}

export const readingCases: readonly StoreCase[] = [
  {
    title: 'resolves empty batches to empty arrays',
    async run({ store }) {
      assert.deepEqual(await store.getMany([]), [])
      assert.deepEqual(await store.setMany([]), [])
      assert.deepEqual(await store.stampMany([]), [])
      assert.deepEqual(await store.touchMany([]), [])
      assert.equal(await store.deleteMany([]), 0)
    },
  },
  {
    title: 'reads in the order of the keys, repeated ones twice, absent ones as null',
    async run({ store, prefix: p }) {
      assert.deepEqual(await store.setMany([write(`${p}a`, 'A'), write(`${p}b`, 'B')]), [true, true])
      const found = await store.getMany([`${p}b`, `${p}none`, `${p}a`, `${p}b`, `${p}none`])
      assert.deepEqual(
        found.map((value) => (Buffer.isBuffer(value) ? value.subarray(17).toString() : value)),
        ['B', null, 'A', 'B', null],
      )
    },
  },
  ...Object.entries(VALUES).map(([what, value]) => ({
    title: `keeps every byte of a value: ${what}`,
    async run({ store, prefix }: { store: Parameters<typeof read>[0]; prefix: string }) {
      const key = `${prefix}value`
      assert.deepEqual(await store.setMany([write(key, value)]), [true])
      const found = await readValue(store, key)
      assert.equal(found.length, value.length)
      assert.ok(found.equals(value))
    },
  })),
  {
    title: 'replaces a value by a longer and by a shorter one',
    async run({ store, prefix }) {
      for (const value of ['middle', 'the longest of them', 's', '']) {
        assert.deepEqual(await store.setMany([write(`${prefix}key`, value)]), [true])
        assert.equal((await readValue(store, `${prefix}key`)).toString(), value)
      }
    },
  },
  {
    title: 'keeps the last value of a key that a batch writes twice',
    async run({ store, prefix }) {
      const key = `${prefix}twice`
      assert.deepEqual(await store.setMany([write(key, 'first'), write(key, 'second')]), [true, true])
      assert.equal((await readValue(store, key)).toString(), 'second')
    },
  },
  {
    title: 'does not see changes of a Buffer after it was written',
    async run({ store, prefix }) {
      const value = Buffer.from('as it was')
      await store.setMany([{ key: `${prefix}key`, value, ttl: LONG }])
      value.fill('x')
      assert.equal((await readValue(store, `${prefix}key`)).toString(), 'as it was')
    },
  },
  {
    title: 'writes and reads 5,000 keys in one call each',
    async run({ store, prefix }) {
      const entries: Write[] = Array.from({ length: 5_000 }, (_, i) => write(`${prefix}${i}`, `value ${i}`))
      const written = await store.setMany(entries)
      assert.equal(written.length, 5_000)
      assert.ok(written.every((answer) => answer === true))
      const found = await store.getMany(entries.map(({ key }) => key))
      assert.equal(found.length, 5_000)
      found.forEach((value, i) => {
        assert.equal(bytesOf(value, String(i)).toString(), `value ${i}`)
      })
      assert.equal(await store.deleteMany(entries.map(({ key }) => key)), 5_000)
    },
  },
  {
    title: 'does not confuse concurrent calls',
    async run({ store, prefix }) {
      const page = async (n: number) => {
        const keys = Array.from({ length: 10 }, (_, i) => `${prefix}${n}:${i}`)
        await store.setMany(keys.map((key) => write(key, `of ${key}`)))
        const found = await store.getMany(keys)
        keys.forEach((key, i) => {
          assert.equal(bytesOf(found[i], key).toString(), `of ${key}`)
        })
      }
      await Promise.all(Array.from({ length: 50 }, (_, n) => page(n)))
    },
  },
  {
    title: 'reads what another store of the same entries writes',
    needs: 'shared',
    async run({ store, open, prefix }) {
      const other = await open()
      await store.setMany([write(`${prefix}key`, 'seen')])
      assert.equal((await readValue(other, `${prefix}key`)).toString(), 'seen')
      assert.equal(await other.deleteMany([`${prefix}key`]), 1)
      assert.equal(await read(store, `${prefix}key`), null)
    },
  },
]
