/** Imports the films anew: `npm run import`, with the REDIS_URL and the REEL_DB of the site. */

import { openDatabase } from './films/database.js'
import { importNightly } from './films/nightly-import.js'
import { openToolkit } from './toolkit.js'

const kit = openToolkit(process.env.REDIS_URL)
const database = openDatabase()
try {
  const films = await importNightly({ database, kit })
  // Pages show it when their fragments expire, within an hour.
  console.log(films === undefined ? 'Another server imports the films.' : `${films} films were imported.`)
} finally {
  database.close()
  await kit?.close()
}
