/**
 * Counts how often the page of a film is looked at.
 *
 * No visitor waits for it: a view is noted in memory, and what was noted is written once a second,
 * all films together. A process that is killed loses the views of that second.
 */

import { within } from '../within.js'

/** Milliseconds. */
const WRITE_EVERY = 1000
/** Milliseconds that a page waits for a count. Without it, the page is shown without. */
const PATIENCE = 500

/**
 * A place where views are kept.
 * @typedef {object} ViewStorage
 * @property {(views: [filmId: number, count: number][]) => Promise<void>} add
 * @property {(filmId: number) => Promise<number>} of
 * @property {(limit: number) => Promise<{ id: number, views: number }[]>} top  most viewed first
 */

export class ViewCounts {
  /** @type {Map<number, number>} */
  #noted = new Map()
  /** @type {NodeJS.Timeout | undefined} */
  #timer
  /** @type {Promise<void>} */
  #writing = Promise.resolve()
  #storage

  /** @param {ViewStorage} storage */
  constructor(storage) {
    this.#storage = storage
  }

  /** @param {number} filmId */
  add(filmId) {
    this.#note(filmId, 1)
    this.#timer ??= setTimeout(() => this.write(), WRITE_EVERY).unref()
  }

  /**
   * Returns how often a film was looked at; 0 where that cannot be read.
   * @param {number} filmId
   */
  of(filmId) {
    return within(PATIENCE, this.#storage.of(filmId)).catch(() => 0)
  }

  /**
   * Returns the most viewed films; none where they cannot be read.
   * @param {number} limit
   */
  top(limit) {
    return within(PATIENCE, this.#storage.top(limit)).catch(() => [])
  }

  /** Writes what was noted. Called before the storage is closed, too. */
  write() {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const views = [...this.#noted]
    this.#noted.clear()
    if (views.length > 0) this.#writing = Promise.all([this.#writing, this.#write(views)]).then(() => {})
    return this.#writing
  }

  async #write(views) {
    try {
      await this.#storage.add(views)
    } catch (error) {
      // They are written with those to come: no more than one number for each film waits.
      console.error('Views cannot be written now.', error)
      for (const [filmId, count] of views) this.#note(filmId, count)
    }
  }

  #note(filmId, count) {
    this.#noted.set(filmId, (this.#noted.get(filmId) ?? 0) + count)
  }
}

/**
 * @param {import('libsql').Database} database
 * @returns {ViewStorage}
 */
export function sqliteViews(database) {
  const add = database.prepare(
    `INSERT INTO views (filmId, count) VALUES (?, ?)
     ON CONFLICT (filmId) DO UPDATE SET count = count + excluded.count`,
  )
  const addAll = database.transaction((views) => {
    for (const view of views) add.run(view)
  })
  const of = database.prepare('SELECT count FROM views WHERE filmId = ?')
  const top = database.prepare(
    'SELECT filmId AS id, count AS views FROM views ORDER BY count DESC, filmId LIMIT ?',
  )
  return {
    add: async (views) => addAll(views),
    of: async (filmId) => /** @type {{ count: number }[]} */ (of.all(filmId))[0]?.count ?? 0,
    top: async (limit) => /** @type {{ id: number, views: number }[]} */ (top.all(limit)),
  }
}
