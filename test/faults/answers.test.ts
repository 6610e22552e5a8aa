import { it } from 'vitest'
import { describeRedis } from '../helpers/redis-server.ts'
import { siteBehindProxy } from './site-behind-proxy.ts'
import { tryFault } from './trial.ts'
import { answering, refusing, turningAway } from './wire-faults.ts'

/** Errors that Redis sends in place of an answer, and the message expected for each. */
const ERRORS: readonly (readonly [name: string, error: string, told: RegExp])[] = [
  ['LOADING', 'LOADING Redis is loading the dataset in memory', /LOADING .*serve again by itself/],
  ['BUSY', 'BUSY Redis is busy running a script.', /BUSY .*serve again by itself/],
  ['READONLY', "READONLY You can't write against a read only replica.", /READONLY .*connect to the primary/],
  ['NOAUTH', 'NOAUTH Authentication required.', /NOAUTH .*give its password/],
  ['MOVED', 'MOVED 1 127.0.0.1:1', /MOVED .*Redis Cluster/],
  ['ASK', 'ASK 1 127.0.0.1:1', /ASK .*Redis Cluster/],
  ['CLUSTERDOWN', 'CLUSTERDOWN The cluster is down', /CLUSTERDOWN .*Redis Cluster/],
  ['an unknown error', 'WHATEVER this is', /WHATEVER/],
]

describeRedis('a site whose Redis answers each command with', () => {
  const at = siteBehindProxy()

  it.each(ERRORS)('%s', (name, error, told) =>
    tryFault({
      fault: `each command answered with ${name}`,
      site: at.site,
      admin: at.server.admin,
      begin: () => at.proxy.set(answering(error)),
      end: at.endFault,
      told,
    }),
  )

  // What a connection asks when it opens is answered so, too.
  it.each(ERRORS.filter(([name]) => name === 'LOADING' || name === 'NOAUTH'))(
    '%s, and the connection was lost',
    (name, error, told) =>
      tryFault({
        fault: `${name} from the first command of a new connection`,
        site: at.site,
        admin: at.server.admin,
        begin: () => {
          at.proxy.set(answering(error))
          at.proxy.reset()
        },
        end: at.endFault,
        told: new RegExp(`${told.source}|is not connected|the connection was lost`),
      }),
  )

  // As for a user that may not: what is loaded when a connection opens is only to save bytes later.
  it('NOPERM, to SCRIPT LOAD alone: nothing is lost', () =>
    tryFault({
      fault: 'SCRIPT LOAD refused (NOPERM)',
      site: at.site,
      admin: at.server.admin,
      begin: async () => {
        at.proxy.set(refusing('script', 'NOPERM this user has no permissions to run the script command'))
        await at.server.admin.script('FLUSH')
        at.proxy.reset()
      },
      end: at.endFault,
      told: /the connection was lost|is not connected/,
    }))

  it('no more clients', () =>
    tryFault({
      fault: 'max number of clients, at each connection',
      site: at.site,
      admin: at.server.admin,
      begin: () => {
        at.proxy.set(turningAway('ERR max number of clients reached'))
        at.proxy.reset()
      },
      end: () => at.proxy.set(),
      told: /is not connected|the connection was lost/,
    }))
})
