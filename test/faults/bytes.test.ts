import { it } from 'vitest'
import { describeRedis } from '../helpers/redis-server.ts'
import type { Fault } from './fault.ts'
import { siteBehindProxy } from './site-behind-proxy.ts'
import { tryFault } from './trial.ts'
import { garbled, repeatable, tooShort, truncated, twice, withNulls } from './wire-faults.ts'

/**
 * Replies that are not what the server sent. The site signs its entries: without that a body is
 * taken as it comes.
 */
describeRedis('a site whose replies come with', () => {
  const at = siteBehindProxy({
    secret: 'sixteen characters or more',
    // Each page asks: with a breaker few of these replies would be read.
    breaker: false,
    timeout: 500,
  })

  const tryReplies = (fault: string, wire: Fault) =>
    tryFault({
      fault,
      site: at.site,
      admin: at.server.admin,
      begin: () => at.proxy.set(wire),
      end: at.endFault,
      told: /damaged|ERR_ONETRIP_STORE/,
    })

  it.each([1, 2])('a wrong bit (%i)', (seed) =>
    tryReplies(`a wrong bit in each reply (${seed})`, garbled(repeatable(seed))),
  )

  it.each([1, 100, 2_000])('%i bytes missing', (count) =>
    tryReplies(`${count} bytes missing in each reply`, truncated(repeatable(count), count)),
  )

  // All later answers go to the wrong command, for as long as there are such.
  it('an answer twice', () => tryReplies('each reply comes twice', twice))

  // ioredis by itself ends the process: 8 of a page's answers are for other commands, or for none.
  it('extra nulls', () => tryReplies('an extra null after each reply', withNulls))

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
