/**
 * Converts films of the data set to those of the site.
 *
 * The file is a real one, collected from several sources, and shows it: titles that are numbers,
 * one that is null, accents damaged on their way, years a hundred years late, zeros for "not
 * known". Each oddity is set right here and nowhere else, so that the rest of the app can rely on a
 * {@link Film}.
 *
 * No row is dropped: 24 titles occur twice, but each pair is two films (remakes, mostly), told
 * apart by year.
 */

/**
 * @typedef {object} Film
 * @property {number} id  the row's place in the data set, counted from 1: stable as long as the
 *   data is
 * @property {string} title
 * @property {string} sortTitle  without a leading article, lower case
 * @property {string | null} released  ISO date
 * @property {number | null} year
 * @property {number | null} decade  1990 for 1990-1999
 * @property {string | null} genre
 * @property {string | null} kind  'Science Fiction', 'Historical Fiction', ...
 * @property {string | null} source  'Based on Play', 'Remake', ...
 * @property {string | null} director
 * @property {string | null} distributor
 * @property {string | null} certificate  the MPAA's rating: G, PG, PG-13, R, NC-17 or Not Rated
 * @property {number | null} minutes
 * @property {number | null} rating  IMDB, 1 to 10
 * @property {number | null} votes  how many rated it there
 * @property {number | null} critics  Rotten Tomatoes, per cent
 * @property {number | null} budget  US dollars, as are the next two
 * @property {number | null} grossUs
 * @property {number | null} grossWorld
 */

/**
 * @param {Record<string, unknown>} row
 * @param {number} index counted from 0
 * @returns {Film}
 */
export function normaliseFilm(row, index) {
  const title = normaliseTitle(row.Title)
  const released = normaliseDate(row['Release Date'])
  const year = released === null ? null : Number(released.slice(0, 4))
  return {
    id: index + 1,
    title,
    sortTitle: title.replace(/^(the|an?) /i, '').toLowerCase(),
    released,
    year,
    decade: year === null ? null : Math.floor(year / 10) * 10,
    genre: text(row['Major Genre']),
    kind: text(row['Creative Type']),
    source: text(row.Source),
    director: text(row.Director),
    distributor: text(row.Distributor),
    certificate: normaliseCertificate(row['MPAA Rating']),
    minutes: amount(row['Running Time min']),
    rating: amount(row['IMDB Rating']),
    votes: amount(row['IMDB Votes']),
    critics: amount(row['Rotten Tomatoes Rating']),
    budget: amount(row['Production Budget']),
    grossUs: amount(row['US Gross']),
    grossWorld: amount(row['Worldwide Gross']),
  }
}

/**
 * Nine titles are numbers ('300', '2046'). The one that is null is the film "Unknown" (2006): some
 * tool on the way took its name for a missing value.
 * @param {unknown} value
 */
export function normaliseTitle(value) {
  if (value === null || value === undefined) return 'Unknown'
  return clean(String(value))
    .replace(/^(.*), (The|An?)$/, '$2 $1') // "Secret, The"
    .replace(/ \(\d{4}\)$/, '') // "King Kong (1933)": the year is shown anyway
}

/** The newest film of the data set is of this year. */
const LAST_YEAR = 2011

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/**
 * 'Jun 12 1998' to '1998-06-12'. Years were once written with two digits, and came back in the
 * wrong century: "Gone with the Wind" is said to be of 2039.
 * @param {unknown} value
 */
export function normaliseDate(value) {
  const match = /^([A-Z][a-z]{2}) (\d{2}) (\d{4})$/.exec(String(value ?? '').trim())
  if (match === null) return null
  const month = MONTHS.indexOf(match[1]) + 1
  if (month === 0) return null
  const year = Number(match[3])
  const trueYear = year > LAST_YEAR ? year - 100 : year
  return `${trueYear}-${String(month).padStart(2, '0')}-${match[2]}`
}

/** @param {unknown} value */
export function normaliseCertificate(value) {
  const certificate = text(value)
  // 'Open': the board had not decided when the row was written.
  return certificate === 'Open' ? null : certificate
}

/**
 * A zero means "not known" in this data: no film here earned nothing, ran for no minutes, or was
 * rated 0.
 * @param {unknown} value
 */
function amount(value) {
  return typeof value === 'number' && value > 0 ? value : null
}

/** @param {unknown} value */
function text(value) {
  const cleaned = value === null || value === undefined ? '' : clean(String(value))
  return cleaned === '' ? null : cleaned
}

/** Latin-1 was once read as Mac Roman. These are all the characters that it did something to. */
const REPAIRED = new Map([
  ['È', 'é'],
  ['Ë', 'è'],
  ['Í', 'ê'],
  ['Î', 'ë'],
  ['‡', 'à'],
  ['·', 'á'],
  ['‰', 'ä'],
  ['Û', 'ó'],
  ['Ù', 'ô'],
  ['˘', 'ù'],
  ['Ω', '½'],
  ['Ö', '…'],
])

/** @param {string} value */
function clean(value) {
  return value
    .replace(/[^ -~]/g, (character) => REPAIRED.get(character) ?? character)
    .replaceAll('""', '"') // a quote as CSV writes it
    .replace(/\s+/g, ' ')
    .trim()
}
