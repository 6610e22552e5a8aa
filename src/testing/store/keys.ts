import assert from 'node:assert/strict'
import type { Store } from '../../stores/store.ts'
import { bytesOf, read, readValue, type StoreCase, write } from './case.ts'

/** Keys that must not be confused. */
const ODD_KEYS = Object.values({
  letters: ['a', 'A', 'é', 'e\u0301', '千', '👩‍👩‍👧', 'x'.repeat(1_000)],
  blanks: ['a ', ' a', 'a\nb', 'a\r\nb', 'a\tb', '\u2028'],
  separators: ['a:b', 'a:', ':', 'a\0b', '../../a'],
  braces: ['{a}b', 'a{b}', '{}', '}{'],
  patterns: ['*', '?', '[ab]', '[^a]', '\\', '\\*', '%', '%41'],
  quotes: ['"quoted"', "it's"],
  values: ['1', '01', 'true', 'null', '__proto__', 'constructor'],
}).flat()

async function keysOf(store: Store, prefix: string): Promise<string[]> {
  assert.ok(store.keys)
  const found = new Set<string>()
  for await (const key of store.keys(prefix)) found.add(key)
  return [...found].sort()
}

export const keyCases: readonly StoreCase[] = [
  {
    title: 'accepts any string as a key, and confuses none',
    async run({ store, prefix }) {
      const keys = ODD_KEYS.map((key) => prefix + key)
      const written = await store.setMany(keys.map((key) => write(key, `value of ${key}`)))
      assert.ok(written.every((answer) => answer === true))
      const found = await store.getMany(keys)
      keys.forEach((key, i) => {
        assert.equal(bytesOf(found[i], key).toString(), `value of ${key}`)
      })
      if (store.keys) assert.deepEqual(await keysOf(store, prefix), [...keys].sort())
      assert.equal(await store.deleteMany(keys), keys.length)
      assert.deepEqual(
        await store.getMany(keys),
        keys.map(() => null),
      )
    },
  },
  {
    title: 'deletes keys, and counts those that were there once',
    async run({ store, prefix: p }) {
      await store.setMany([write(`${p}a`, 'x'), write(`${p}b`, 'x'), write(`${p}c`, 'x')])
      assert.equal(await store.deleteMany([`${p}a`, `${p}none`, `${p}b`, `${p}a`]), 2)
      assert.equal(await read(store, `${p}a`), null)
      assert.equal(await read(store, `${p}b`), null)
      assert.notEqual(await read(store, `${p}c`), null)
    },
  },
  {
    title: 'clears a prefix of any characters, and no other key',
    needs: 'listing',
    async run({ store, prefix: p }) {
      const others = [`${p}ab`, `${p}a`, `${p}b:a:`, `${p}A:1`, `${p}xa:`]
      await store.setMany([`${p}a:`, `${p}a:1`, `${p}a:b:c`, ...others].map((key) => write(key, key)))
      await store.clear(`${p}a:`)
      for (const key of [`${p}a:`, `${p}a:1`, `${p}a:b:c`]) assert.equal(await read(store, key), null, key)
      for (const key of others) assert.equal((await readValue(store, key)).toString(), key)

      const globs = ['*', '?', '[ab]', '\\', '[', ']', '^']
      await store.setMany(globs.map((glob) => write(`${p}glob${glob}1`, glob)))
      for (const [i, glob] of globs.entries()) {
        await store.clear(`${p}glob${glob}`)
        const left = await store.getMany(globs.map((other) => `${p}glob${other}1`))
        assert.deepEqual(
          left.map((value) => value === null),
          globs.map((_, j) => j <= i),
          `clear('...${glob}')`,
        )
      }
      await store.clear(p)
      assert.deepEqual(
        await store.getMany(others),
        others.map(() => null),
      )
    },
  },
  {
    title: 'clears a prefix of 3,000 keys',
    needs: 'listing',
    async run({ store, prefix: p }) {
      const keys = Array.from({ length: 3_000 }, (_, i) => `${p}many:${i}`)
      await store.setMany([...keys, `${p}other`].map((key) => write(key, 'x')))
      await store.clear(`${p}many:`)
      assert.ok((await store.getMany(keys)).every((value) => value === null))
      assert.notEqual(await read(store, `${p}other`), null)
      await store.clear(`${p}nobody:`)
    },
  },
  {
    title: 'lists the keys of a prefix',
    async run({ store, prefix: p }) {
      if (!store.keys) return
      const keys = Array.from({ length: 1_500 }, (_, i) => `${p}list:${i}`).sort()
      await store.setMany([...keys, `${p}list`, `${p}*:1`].map((key) => write(key, 'x')))
      assert.deepEqual(await keysOf(store, `${p}list:`), keys)
      assert.deepEqual(await keysOf(store, `${p}*:`), [`${p}*:1`])
      assert.deepEqual(await keysOf(store, `${p}none`), [])
    },
  },
]
