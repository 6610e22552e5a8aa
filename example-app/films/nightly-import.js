/** The import of all films, which a site of several servers starts on each of them every night. */

import { redisSearch } from '../search/redis-search.js'
import { fillSearch, SEARCH_TABLES } from '../search/sqlite-search.js'
import { readFilms } from './import.js'

/**
 * Imports the films, unless another server does so now.
 *
 * The lock is on Redis. Without it, or while it is away, the write lock of SQLite is enough for the
 * processes of one machine: the import may run twice then, one after the other, which does no harm.
 * @param {object} context
 * @param {import('libsql').Database} context.database
 * @param {import('../toolkit.js').Toolkit | undefined} [context.kit]
 * @param {(...tags: string[]) => Promise<unknown>} context.invalidate
 * @returns {Promise<number | undefined>} how many films; undefined if another server imports them
 */
export async function importNightly({ database, kit, invalidate }) {
  if (kit === undefined) return importAndShow({ database, invalidate })
  const lease = await kit
    .lock('import', { ttl: '1m' })
    .tryAcquire()
    .catch((error) => {
      console.error('The import runs without a lock:', error.message)
      return null
    })
  if (lease === undefined) return undefined
  try {
    return await importAndShow({ database, kit, invalidate })
  } finally {
    await lease?.[Symbol.asyncDispose]()
  }
}

/**
 * Imports the films. Results of searches that are kept are found anew, when the index has them.
 * @param {Parameters<typeof importNightly>[0]} context
 */
async function importAndShow({ database, kit, invalidate }) {
  const count = importFilms(database)
  // Where Redis is away, SQLite searches; the next import writes the index.
  if (kit)
    await redisSearch(kit)
      .refill(readFilms())
      .catch((error) => console.error('The search of Redis is not up to date:', error.message))
  await invalidate('films').catch((error) =>
    console.error('Searches show the films when their fragments expire:', error.message),
  )
  return count
}

/** @param {import('libsql').Database} database */
function importFilms(database) {
  const films = readFilms()
  const columns = Object.keys(films[0])
  const upsert = database.prepare(
    `INSERT INTO films (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})
     ON CONFLICT (id) DO UPDATE SET ${columns.map((column) => `${column} = excluded.${column}`).join(', ')}`,
  )
  database.exec('BEGIN IMMEDIATE')
  try {
    for (const film of films) upsert.run(columns.map((column) => film[column]))
    database.exec(SEARCH_TABLES)
    fillSearch(database, films)
    database.exec('COMMIT')
  } catch (error) {
    database.exec('ROLLBACK')
    throw error
  }
  return films.length
}
