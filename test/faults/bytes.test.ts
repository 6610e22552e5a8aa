import { it } from 'vitest'
import { describeRedis } from '../helpers/redis-server.ts'
import { siteBehindProxy } from './site-behind-proxy.ts'
import { tryFault } from './trial.ts'
import { garbled, repeatable, tooShort, truncated, twice, withNulls } from './wire-faults.ts'

/** Replies that are not what the server sent. The site signs its entries: without that a body is taken as it comes. */
describeRedis('a site whose replies come with', () => {
  const at = siteBehindProxy({
    secret: 'sixteen characters or more',
    // Each page asks: with a breaker few of these replies would be read.
    breaker: false,
  })

  it.each([1, 2])('a wrong bit (%i)', (seed) =>
    tryFault({
      fault: `a wrong bit in each reply (${seed})`,
      site: at.site,
      admin: at.server.admin,
      begin: () => at.proxy.set(garbled(repeatable(seed))),
      end: at.endFault,
      told: /damaged|ERR_ONETRIP_STORE/,
      within: 12_000,
    }),
  )

  it.each([1, 100, 2_000])('%i bytes missing', (count) =>
    tryFault({
      fault: `${count} bytes missing in each reply`,
      site: at.site,
      admin: at.server.admin,
      begin: () => at.proxy.set(truncated(repeatable(count), count)),
      end: at.endFault,
      told: /damaged|ERR_ONETRIP_STORE/,
      within: 12_000,
    }),
  )

  // All later answers go to the wrong command, for as long as there are such.
  it('an answer twice', () =>
    tryFault({
      fault: 'each reply comes twice',
      site: at.site,
      admin: at.server.admin,
      begin: () => at.proxy.set(twice),
      end: at.endFault,
      told: /damaged|ERR_ONETRIP_STORE/,
      within: 12_000,
    }))

  // ioredis by itself ends the process: 8 of a page's answers are for other commands, or for none.
  it('nulls that nobody asked for', () =>
    tryFault({
      fault: 'nulls that nobody asked for after each reply',
      site: at.site,
      admin: at.server.admin,
      begin: () => at.proxy.set(withNulls),
      end: at.endFault,
      told: /damaged|ERR_ONETRIP_STORE/,
      within: 12_000,
    }))

  it('a value less than was asked for', () =>
    tryFault({
      fault: 'a reply shorter than the request',
      site: at.site,
      admin: at.server.admin,
      begin: () => at.proxy.set(tooShort),
      end: at.endFault,
      told: /answered \d+ values for \d+ keys/,
    }))
})
