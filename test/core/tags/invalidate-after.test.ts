import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'libsql'
import { OptionError } from 'onetrip'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { clockedCacheOf, told } from '../../helpers/templates.ts'

/** Two connections to one file: one writes in a transaction, the other reads for pages. */
let folder: string
let writer: Database.Database
let reader: Database.Database

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onetrip-sqlite-'))
  writer = new Database(join(folder, 'shop.db'))
  writer.exec('PRAGMA journal_mode = WAL')
  writer.exec("CREATE TABLE film (id INTEGER PRIMARY KEY, title TEXT); INSERT INTO film VALUES (1, 'old')")
  reader = new Database(join(folder, 'shop.db'))
})
afterEach(() => {
  writer.close()
  reader.close()
  rmSync(folder, { recursive: true })
})

const PAGE = '{% cache "film", 1, tags=["film:1"] %}{{ title() }}{% endcache %}'
const data = {
  title: () => (reader.prepare('SELECT title FROM film WHERE id = 1').get() as { title: string }).title,
}

describe('invalidateAfter', () => {
  test('a reader before the commit cannot store the old row as fresh', async () => {
    const { html, cache, clock } = clockedCacheOf(PAGE)
    expect(await html(data)).toBe('old')

    writer.exec("BEGIN; UPDATE film SET title = 'new' WHERE id = 1")
    let commit = () => {}
    const transaction = new Promise<string>((resolve) => {
      commit = () => {
        writer.exec('COMMIT')
        resolve('committed')
      }
    })
    const invalidated = cache.invalidateAfter(transaction, 'film:1')
    await cache.delete('film', 1)
    clock.advance(5)
    // The row is not committed: whoever renders now reads, and stores, the old one.
    expect(await html(data)).toBe('old')
    // A page that began before the commit, and is stored after it.
    const page = cache.open()
    await page.render('page', data)
    clock.advance(5)

    commit()
    expect(await invalidated).toBe('committed')
    await page.writeBack()
    clock.advance(5)
    expect(await html(data)).toBe('new')
    expect(await html({ title: () => 'not asked' })).toBe('new')
  })

  test('without it, an invalidation before the commit would leave the old row', async () => {
    const { html, cache, clock } = clockedCacheOf(PAGE)
    await html(data)
    writer.exec("BEGIN; UPDATE film SET title = 'new' WHERE id = 1")
    await cache.invalidate('film:1')
    clock.advance(5)
    expect(await html(data)).toBe('old')
    writer.exec('COMMIT')
    expect(await html(data)).toBe('old')
  })

  test('a transaction that rolls back invalidates nothing', async () => {
    const { html, cache, events } = clockedCacheOf(PAGE)
    await html(data)
    const rolledBack = Promise.reject(new Error('constraint failed'))
    await expect(cache.invalidateAfter(rolledBack, 'film:1')).rejects.toThrow('constraint failed')
    await html(data)
    expect(told(events, 'hit', 'invalidate')).toEqual(['hit film'])
  })

  test('a tag that is none is refused before anything is waited for', async () => {
    const { cache } = clockedCacheOf(PAGE)
    await expect(cache.invalidateAfter(new Promise(() => {}), 7 as never)).rejects.toThrow(OptionError)
  })
})
