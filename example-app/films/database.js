/** The catalogue's SQLite file: opens it, and fills it when it is new. */

import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'libsql'
import { fillSearch, SEARCH_TABLES } from '../search/sqlite-search.js'
import { readFilms } from './import.js'
import { seedReviews } from './seed-reviews.js'

/** Counted up when the tables or what fills them change: an older file is then filled again. */
const SCHEMA = 4

const TABLES = `
  DROP TABLE IF EXISTS views;
  DROP TABLE IF EXISTS reviews;
  DROP TABLE IF EXISTS films;

  CREATE TABLE films (
    id INTEGER PRIMARY KEY,
    title TEXT NOT NULL,
    sortTitle TEXT NOT NULL,
    released TEXT,
    year INTEGER,
    decade INTEGER,
    genre TEXT,
    kind TEXT,
    source TEXT,
    director TEXT,
    distributor TEXT,
    certificate TEXT,
    minutes INTEGER,
    rating REAL,
    votes INTEGER,
    critics INTEGER,
    budget INTEGER,
    grossUs INTEGER,
    grossWorld INTEGER
  );
  -- Lists are sorted by votes, best known first; each index serves its list without a sort.
  CREATE INDEX films_released ON films (released DESC, id);
  CREATE INDEX films_genre ON films (genre, votes DESC, id);
  CREATE INDEX films_decade ON films (decade, votes DESC, id);
  CREATE INDEX films_certificate ON films (certificate, votes DESC, id);
  CREATE INDEX films_director ON films (director, released);

  CREATE TABLE reviews (
    id INTEGER PRIMARY KEY,
    filmId INTEGER NOT NULL REFERENCES films (id),
    author TEXT NOT NULL,
    stars INTEGER NOT NULL CHECK (stars BETWEEN 1 AND 5),
    text TEXT NOT NULL,
    language TEXT NOT NULL,
    writtenAt TEXT NOT NULL,
    -- The form that it came by; none for those of the first day.
    submission TEXT UNIQUE
  );
  CREATE INDEX reviews_film ON reviews (filmId, writtenAt DESC, id DESC);
  CREATE INDEX reviews_latest ON reviews (writtenAt DESC, id DESC);

  -- How often a film's page was looked at, where there is no Redis to count it.
  CREATE TABLE views (filmId INTEGER PRIMARY KEY REFERENCES films (id), count INTEGER NOT NULL);
  CREATE INDEX views_count ON views (count DESC, filmId);
`

export const DEFAULT_FILE = fileURLToPath(new URL('../data/reel.db', import.meta.url))

/**
 * Opens the catalogue; the first time it is made, which takes about half a second.
 * @param {string} [file] ':memory:' for one that goes with the process
 * @returns {Database.Database}
 */
export function openDatabase(file = process.env.REEL_DB ?? DEFAULT_FILE) {
  if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true })
  const database = new Database(file, { timeout: 10_000 })
  // Readers and the one who writes do not wait for each other; both servers may run on one file.
  if (file !== ':memory:') database.pragma('journal_mode = WAL')
  if (schemaOf(database) !== SCHEMA) fill(database)
  return database
}

/** @param {Database.Database} database */
function fill(database) {
  // The lock is taken first: of two servers that start together, the second finds the work done.
  database.exec('BEGIN IMMEDIATE')
  try {
    if (schemaOf(database) !== SCHEMA) {
      database.exec(TABLES)
      const films = readFilms()
      insertAll(database, 'films', films)
      database.exec(SEARCH_TABLES)
      fillSearch(database, films)
      insertAll(database, 'reviews', seedReviews(films))
      database.exec(`PRAGMA user_version = ${SCHEMA}`)
    }
    database.exec('COMMIT')
  } catch (error) {
    database.exec('ROLLBACK')
    throw error
  }
  database.exec('ANALYZE')
}

/**
 * @param {Database.Database} database
 * @param {string} table
 * @param {Record<string, unknown>[]} rows all with the same properties, which are the table's
 *   columns
 */
function insertAll(database, table, rows) {
  const columns = Object.keys(rows[0])
  const places = columns.map(() => '?').join(', ')
  const insert = database.prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places})`)
  for (const row of rows) insert.run(columns.map((column) => row[column]))
}

/** @param {Database.Database} database */
function schemaOf(database) {
  const [row] = /** @type {{ user_version: number }[]} */ (database.pragma('user_version'))
  return row.user_version
}
