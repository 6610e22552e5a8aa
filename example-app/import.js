/** Imports the films anew: `npm run import`, with the REDIS_URL and the REEL_DB of the site. */

import { FragmentCache } from 'onetrip'
import { importNightly } from './films/nightly-import.js'
import { cacheOptions, openSite } from './site.js'

const site = openSite({ costs: false })
const cache = new FragmentCache(cacheOptions(site))
try {
  const films = await importNightly({ ...site, invalidate: (...tags) => cache.invalidate(...tags) })
  // Searches show it at once, other fragments when they expire, within a day.
  console.log(films === undefined ? 'Another server imports the films.' : `${films} films were imported.`)
} finally {
  await cache.close()
  await site.queue?.close()
  await site.kit?.close()
  site.catalogue.close()
}
