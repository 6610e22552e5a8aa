/**
 * Everything that the site asks the catalogue. Those marked *slow* are read only behind `lazy()`;
 * the others are answered from an index in well under a millisecond.
 */

import { mapShelves } from './shelves.js'

const ALL_REVIEWS = 'SELECT id, filmId, author, stars, text, language, writtenAt FROM reviews'

/** @typedef {ReturnType<typeof createCatalogue>} Catalogue */
/** @typedef {import('./shelves.js').ShelfName} ShelfName */

/** @typedef {import('./normalise.js').Film} Film */

/** @param {import('libsql').Database} database */
export function createCatalogue(database) {
  /**
   * @param {string} sql
   * @returns {(...values: unknown[]) => any[]} all rows
   */
  const all = (sql) => {
    const statement = database.prepare(sql)
    return (...values) => statement.all(...values)
  }
  /**
   * @param {string} sql
   * @returns {(...values: unknown[]) => any} the first row, or undefined
   */
  const one = (sql) => {
    const query = all(`${sql} LIMIT 1`)
    return (...values) => query(...values)[0]
  }

  /** @type {(id: number) => Film | undefined} */
  const film = one('SELECT * FROM films WHERE id = ?')
  const addReview = database.prepare(
    `INSERT INTO reviews (submission, filmId, author, stars, text, language, writtenAt)
     VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (submission) DO NOTHING`,
  )
  const shelfPages = mapShelves((column) =>
    all(`SELECT id FROM films WHERE ${column} = ? ORDER BY votes DESC, id LIMIT ? OFFSET ?`),
  )
  const shelfCounts = mapShelves((column) => one(`SELECT count(*) AS films FROM films WHERE ${column} = ?`))
  const facets = mapShelves((column) => all(FACET(column)))
  // The films never change, so neither do a shelf's values.
  const shelfValues = mapShelves((column) =>
    all(`SELECT DISTINCT ${column} AS value FROM films WHERE ${column} IS NOT NULL`)().map(
      ({ value }) => /** @type {string | number} */ (value),
    ),
  )

  return {
    /** One film with all that is known of it; undefined where there is none. */
    film,
    /** The newest films. */
    newest: all('SELECT id FROM films ORDER BY released DESC, id LIMIT ?'),
    /** The values of a shelf: all genres, all decades or all ratings. */
    shelfValues: (/** @type {ShelfName} */ shelf) => shelfValues[shelf],
    /**
     * One page of a shelf, the best known films first.
     * @type {(shelf: ShelfName, value: string | number, limit: number, offset: number) => Film[]}
     */
    shelf: (shelf, value, limit, offset) => shelfPages[shelf](value, limit, offset),
    /**
     * Returns how many films a shelf has.
     * @type {(shelf: ShelfName, value: string | number) => number}
     */
    shelfSize: (shelf, value) => shelfCounts[shelf](value).films,

    /** Slow: the values of a shelf with the number of films, and how they are rated. */
    facet: (/** @type {ShelfName} */ shelf) => facets[shelf](),
    /** Slow: the film of a day, which is any number that grows by one a day. */
    featured: one(FEATURED),
    /** Slow: films that IMDB's voters like best; a few votes count less than many. */
    bestRated: all(BEST_RATED),
    /** Slow: films that earned the most for each dollar spent. */
    bestReturn: all(BEST_RETURN),
    /** Slow: directors by what all their films here took. */
    topDirectors: all(TOP_DIRECTORS),
    /** Slow: what the catalogue holds. */
    totals: one(TOTALS),
    /** A director's other films. */
    alsoBy: all('SELECT * FROM films WHERE director = ? AND id <> ? ORDER BY released DESC LIMIT 12'),
    /** Very slow, tens of milliseconds: it compares a film with all others. */
    similar: all(SIMILAR),

    reviewsOf: all(`${ALL_REVIEWS} WHERE filmId = ? ORDER BY writtenAt DESC, id DESC`),
    latestReviews: all(
      `SELECT reviews.*, films.title, films.year FROM reviews JOIN films ON films.id = reviews.filmId
       ORDER BY writtenAt DESC, reviews.id DESC LIMIT ?`,
    ),
    /** The visitors' opinion: `{ reviews, stars }`, the mean or null. */
    opinionOf: one('SELECT count(*) AS reviews, avg(stars) AS stars FROM reviews WHERE filmId = ?'),
    /**
     * Keeps a review, once for each submission.
     * @param {import('../tasks/tasks.js').Review} review
     */
    addReview({ submission, filmId, author, stars, text, language }) {
      addReview.run(submission, filmId, author, stars, text, language, new Date().toISOString())
    },

    close: () => database.close(),
  }
}

const FACET = (/** @type {string} */ column) => `
  SELECT ${column} AS value, count(*) AS films, avg(rating) AS rating
  FROM films WHERE ${column} IS NOT NULL
  GROUP BY ${column} ORDER BY ${column === 'decade' ? 'value DESC' : 'films DESC, value'}`

/**
 * IMDB's own formula: a film's rating counts by its votes, and is pulled to the mean of all by
 * 25,000 more. Without it a film that 18 people gave a 9.2 would lead.
 */
const WEIGHTED = `
  WITH mean AS (SELECT avg(rating) AS rating FROM films),
  weighted AS (
    SELECT films.*, (votes * films.rating + 25000 * mean.rating) / (votes + 25000) AS weight
    FROM films, mean WHERE films.rating IS NOT NULL)`

const BEST_RATED = `${WEIGHTED}
  SELECT id, title, year, rating, votes FROM weighted ORDER BY weight DESC LIMIT ?`

/**
 * One of the hundred best, another each day; 37 and 100 have no factor in common, so all take their
 * turn.
 */
const FEATURED = `${WEIGHTED}, best AS (
    SELECT *, row_number() OVER (ORDER BY weight DESC) - 1 AS place FROM weighted
    WHERE genre IS NOT NULL AND director IS NOT NULL)
  SELECT * FROM best WHERE place = (? * 37) % 100`

const BEST_RETURN = `
  SELECT id, title, year, grossWorld / budget AS times FROM films
  WHERE budget >= 100000 AND grossWorld IS NOT NULL
  ORDER BY CAST(grossWorld AS REAL) / budget DESC LIMIT ?`

const TOP_DIRECTORS = `
  SELECT director, count(*) AS films, sum(grossWorld) AS gross, avg(rating) AS rating,
    (SELECT id FROM films AS own WHERE own.director = films.director ORDER BY votes DESC LIMIT 1) AS bestKnown
  FROM films WHERE director IS NOT NULL
  GROUP BY director ORDER BY gross DESC LIMIT ?`

const TOTALS = `
  SELECT count(*) AS films, count(DISTINCT director) AS directors, min(year) AS firstYear, max(year) AS lastYear
  FROM films`

/**
 * Rates how alike two films are. A dollar of 1975 is not one of 2009, and a 7 is much for a horror
 * film: so takings, budget and fame are compared by a film's rank among those of its decade, its
 * rating by the rank in its genre. That ranks all films four times for each question, which is why
 * its answer is worth keeping.
 */
const SIMILAR = `
  WITH ranked AS MATERIALIZED (
    SELECT *,
      percent_rank() OVER (PARTITION BY decade ORDER BY grossWorld) AS takings,
      percent_rank() OVER (PARTITION BY decade ORDER BY budget) AS scale,
      percent_rank() OVER (PARTITION BY decade ORDER BY votes) AS fame,
      percent_rank() OVER (PARTITION BY genre ORDER BY rating) AS acclaim
    FROM films)
  SELECT other.*,
    3.0 * coalesce(other.genre = this.genre, 0)
      + 2.5 * coalesce(other.director = this.director, 0)
      + 1.5 * coalesce(other.kind = this.kind, 0)
      + 0.5 * coalesce(other.source = this.source, 0)
      + 0.5 * coalesce(other.certificate = this.certificate, 0)
      + 0.5 * coalesce(other.distributor = this.distributor, 0)
      - abs(other.takings - this.takings) - abs(other.scale - this.scale) - abs(other.fame - this.fame)
      - 2 * abs(other.acclaim - this.acclaim) - coalesce(abs(other.year - this.year) / 10.0, 2) AS likeness
  FROM ranked AS this JOIN ranked AS other ON other.id <> this.id
  WHERE this.id = ?
  ORDER BY likeness DESC, other.votes DESC, other.id LIMIT ?`
