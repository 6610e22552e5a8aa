import type { GroupedDefinition } from '../command.ts'
import { clientHelp } from './client-help.ts'
import { clientKill } from './client-kill.ts'
import { clientInfo, clientList } from './client-list.ts'
import { clientGetName, clientId, clientSetName } from './client-name.ts'
import { clientPause, clientUnpause } from './client-pause.ts'
import { clientNoEvict, clientReply } from './client-reply.ts'
import { clientTracking } from './client-tracking.ts'
import { clientCaching, clientGetRedir, clientTrackingInfo } from './client-tracking-state.ts'
import { clientUnblock } from './client-unblock.ts'

const OWN = 'noscript loading stale'
const ADMIN = 'admin noscript loading stale'

/** CLIENT and its subcommands. */
export const client: GroupedDefinition = {
  name: 'client',
  arity: -2,
  flags: '',
  since: '2.4.0',
  summary: 'Shows and changes connections.',
  subcommands: [
    {
      name: 'caching',
      arity: 3,
      flags: OWN,
      since: '6.0.0',
      summary: 'Says if the keys of the next request are tracked.',
      handler: clientCaching,
    },
    {
      name: 'getname',
      arity: 2,
      flags: OWN,
      since: '2.6.9',
      summary: 'Returns the name of the connection.',
      handler: clientGetName,
    },
    {
      name: 'getredir',
      arity: 2,
      flags: OWN,
      since: '6.0.0',
      summary: 'Returns the id of the client that is sent the invalidations.',
      handler: clientGetRedir,
    },
    clientHelp,
    {
      name: 'id',
      arity: 2,
      flags: OWN,
      since: '5.0.0',
      summary: 'Returns the id of the connection.',
      handler: clientId,
    },
    {
      name: 'info',
      arity: 2,
      flags: OWN,
      tips: 'nondeterministic_output',
      since: '6.2.0',
      summary: 'Describes the connection.',
      handler: clientInfo,
    },
    {
      name: 'kill',
      arity: -3,
      flags: ADMIN,
      since: '2.4.0',
      summary: 'Closes connections.',
      handler: clientKill,
    },
    {
      name: 'list',
      arity: -2,
      flags: ADMIN,
      tips: 'nondeterministic_output',
      since: '2.4.0',
      summary: 'Describes connections.',
      handler: clientList,
    },
    {
      name: 'no-evict',
      arity: 3,
      flags: ADMIN,
      since: '7.0.0',
      summary: 'Keeps the connection from being closed for want of memory.',
      handler: clientNoEvict,
    },
    {
      name: 'pause',
      arity: -3,
      flags: ADMIN,
      since: '2.9.50',
      summary: 'Holds back requests of all clients for some time.',
      handler: clientPause,
    },
    {
      name: 'reply',
      arity: 3,
      flags: OWN,
      since: '3.2.0',
      summary: 'Turns the replies to the connection on or off.',
      handler: clientReply,
    },
    {
      name: 'setname',
      arity: 3,
      flags: OWN,
      since: '2.6.9',
      summary: 'Names the connection.',
      handler: clientSetName,
    },
    {
      name: 'tracking',
      arity: -3,
      flags: OWN,
      since: '6.0.0',
      summary: 'Turns messages about changed keys on or off.',
      handler: clientTracking,
    },
    {
      name: 'trackinginfo',
      arity: 2,
      flags: OWN,
      since: '6.2.0',
      summary: 'Describes the client tracking of the connection.',
      handler: clientTrackingInfo,
    },
    {
      name: 'unblock',
      arity: -3,
      flags: ADMIN,
      since: '5.0.0',
      summary: 'Ends the wait of a blocked client.',
      handler: clientUnblock,
    },
    {
      name: 'unpause',
      arity: 2,
      flags: ADMIN,
      since: '6.2.0',
      summary: 'Ends CLIENT PAUSE.',
      handler: clientUnpause,
    },
  ],
}
