import type { Client } from '../../clients/client.ts'
import type { Instance } from '../../instance.ts'
import { bulkArray } from '../../protocol/reply.ts'

/**
 * Returns the line of a client in CLIENT LIST.
 *
 * @param args the request of this client that runs
 */
export function clientLine(instance: Instance, client: Client, args: readonly string[] = []): string {
  const { clock, pubsub, tracking, transactions } = instance
  const { link } = client
  const seconds = (since: number) => Math.max(0, Math.floor(clock.now / 1_000) - Math.floor(since / 1_000))
  const argumentBytes = args.reduce((sum, arg) => sum + arg.length, 0)
  const queuedBytes = transactions.of(client)?.bytes ?? 0
  const { unsent } = link
  const fields: Record<string, string | number> = {
    id: client.id,
    addr: link.address,
    laddr: link.localAddress,
    fd: -1,
    name: client.name,
    age: seconds(client.createdAt),
    idle: seconds(client.lastUsedAt),
    flags: flagsOf(instance, client),
    db: client.database,
    sub: pubsub.channels.namesOf(client).size,
    psub: pubsub.patterns.namesOf(client).size,
    ssub: pubsub.shards.namesOf(client).size,
    multi: client.queued,
    qbuf: link.unread + (args.length > 0 ? bulkArray(args).length : 0),
    'qbuf-free': 0,
    'argv-mem': argumentBytes,
    'multi-mem': queuedBytes,
    rbs: 0,
    rbp: 0,
    obl: 0,
    oll: 0,
    omem: unsent,
    'tot-mem': link.unread + argumentBytes + queuedBytes + unsent,
    events: 'r',
    cmd: client.lastCommand,
    user: 'default',
    redir: tracking.of(client)?.redirect ?? -1,
    resp: client.form.version,
  }
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')
}

/** Letters, in the order of Redis. */
function flagsOf({ monitors, tracking, watched }: Instance, client: Client): string {
  const state = tracking.of(client)
  const flags: [letter: string, isSet: boolean][] = [
    ['O', monitors.has(client)],
    ['P', client.subscriptions > 0],
    ['x', client.inTransaction],
    ['b', client.block !== undefined],
    ['t', state !== undefined],
    ['R', state?.isRedirectBroken === true],
    ['B', state?.broadcast === true],
    ['d', watched.isChanged(client)],
    ['c', client.ended],
    ['e', client.noEvict],
  ]
  const letters = flags.filter(([, isSet]) => isSet).map(([letter]) => letter)
  return letters.length > 0 ? letters.join('') : 'N'
}
