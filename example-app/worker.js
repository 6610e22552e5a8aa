/** A process that works for Reel: `npm run worker`, with the REDIS_URL of the site. */

import { FragmentCache } from 'onetrip'
import { cacheOptions, openSite } from './site.js'
import { createTasks } from './tasks/tasks.js'

const site = openSite({ costs: false })
if (site.queue === undefined)
  throw new Error('Set REDIS_URL to the Redis of the site, such as redis://localhost:6379.')

const cache = new FragmentCache(cacheOptions(site))
createTasks({ ...site, invalidate: (...tags) => cache.invalidate(...tags) })

export const queue = site.queue
