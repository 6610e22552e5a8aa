import { globMatcher } from '../../data/glob.ts'
import { arrayHeader, bulk, bulkArray, integer } from '../../protocol/reply.ts'
import type { SubscriptionKind } from '../../pubsub/pub-sub.ts'
import type { Handler } from '../command.ts'
import { helpSubcommand, subcommandError } from '../help-reply.ts'

/** Makes PUBSUB CHANNELS or PUBSUB SHARDCHANNELS. */
export function channelsOf(kind: SubscriptionKind): Handler {
  return ({ instance }, args) => {
    if (args.length > 3) throw subcommandError('PUBSUB', args[1] as string)
    const { names } = instance.pubsub.of(kind)
    const pattern = args[2]
    return bulkArray(pattern === undefined ? [...names] : [...names].filter(globMatcher(pattern)))
  }
}

/** Makes PUBSUB NUMSUB or PUBSUB SHARDNUMSUB. */
export function subscribersOf(kind: SubscriptionKind): Handler {
  return ({ instance }, args) => {
    const subscriptions = instance.pubsub.of(kind)
    let out = arrayHeader(2 * (args.length - 2))
    for (let n = 2; n < args.length; n++) {
      const name = args[n] as string
      out += bulk(name) + integer(subscriptions.clientsOf(name).size)
    }
    return out
  }
}

export const numberOfPatterns: Handler = ({ instance }) => integer(instance.pubsub.patterns.size)

export const pubsubHelp = helpSubcommand('pubsub', '6.2.0', [
  'CHANNELS [<pattern>]',
  "    Return the currently active channels matching a <pattern> (default: '*').",
  'NUMPAT',
  '    Return number of subscriptions to patterns.',
  'NUMSUB [<channel> ...]',
  '    Return the number of subscribers for the specified channels, excluding',
  '    pattern subscriptions(default: no channels).',
  'SHARDCHANNELS [<pattern>]',
  "    Return the currently active shard level channels matching a <pattern> (default: '*').",
  'SHARDNUMSUB [<shardchannel> ...]',
  '    Return the number of subscribers for the specified shard level channel(s)',
])
