import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lmdbStore } from 'onetrip/stores/lmdb'
import { sqliteStore } from 'onetrip/stores/sqlite'
import { afterAll, expect, test } from 'vitest'
import type { Store } from '../../../src/stores/store.ts'
import { startProgram } from '../../helpers/child-process.ts'

const WRITER = join(import.meta.dirname, 'writer.js')
/** Number of rounds. In each, all writers of one file are killed. ONETRIP_RACES=quick: fewer. */
const ROUNDS = process.env.ONETRIP_RACES === 'quick' ? 20 : 50
const WRITERS = 4

const folder = mkdtempSync(join(tmpdir(), 'onetrip-killed-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function killedWriter(kind: string, path: string): Promise<void> {
  const child = startProgram(process.execPath, [WRITER, kind, path])
  // Within its next batch, or between two.
  let batches = Math.floor(Math.random() * 6)
  const enough = new Promise<void>((resolve) => {
    child.stdout?.on('data', (told: Buffer) => {
      batches -= told.length
      if (batches < 0) resolve()
    })
  })
  await enough
  child.kill('SIGKILL')
  await once(child, 'exit')
}

/** Counts the entries, each of which must be whole. */
async function wholeEntries(store: Store): Promise<number> {
  const found = await store.getMany(Array.from({ length: 500 }, (_, n) => `key:${n}`))
  let count = 0
  for (const value of found) {
    expect(value instanceof Error).toBe(false)
    if (!Buffer.isBuffer(value)) continue
    count++
    const sum = createHash('sha256')
      .update(value.subarray(17 + 32))
      .digest()
    expect(sum.equals(value.subarray(17, 17 + 32))).toBe(true)
  }
  return count
}

test.each(['lmdb', 'sqlite'])(
  `%s: ${ROUNDS * WRITERS} processes are killed while they write; it opens again, and every entry is whole`,
  async (kind) => {
    const path = join(folder, kind === 'lmdb' ? 'cache' : 'cache.db')
    const maxBytes = 8 * 1024 * 1024
    const open = () => (kind === 'lmdb' ? lmdbStore({ path, maxBytes }) : sqliteStore({ path, maxBytes }))
    let most = 0
    for (let round = 0; round < ROUNDS; round++) {
      await Promise.all(Array.from({ length: WRITERS }, () => killedWriter(kind, path)))
      const store = open()
      most = Math.max(most, await wholeEntries(store))
      const own = { key: 'own', value: Buffer.from(`${round}`), ttl: 60_000 }
      expect(await store.setMany([own])).toEqual([true])
      expect(((await store.getMany(['own']))[0] as Buffer).subarray(17).toString()).toBe(`${round}`)
      await store.close()
    }
    expect(most).toBeGreaterThan(100)
    // The killed processes leave nothing that keeps the file from being used.
    const file = kind === 'lmdb' ? join(path, 'data.mdb') : path
    expect(statSync(file).size).toBeLessThan(4 * maxBytes)
  },
)
