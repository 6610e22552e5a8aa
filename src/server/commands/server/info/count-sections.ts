import type { Instance } from '../../../instance.ts'
import { withSubcommands } from '../command.ts'
import type { InfoField, InfoSection } from './section.ts'

export const statsSection: InfoSection = {
  name: 'stats',
  fields: ({ clients, pubsub, stats, tracking }) => [
    ['total_connections_received', clients.accepted],
    ['total_commands_processed', stats.commands],
    ['instantaneous_ops_per_sec', 0],
    ['total_net_input_bytes', stats.inputBytes],
    ['total_net_output_bytes', stats.outputBytes],
    ['instantaneous_input_kbps', '0.00'],
    ['instantaneous_output_kbps', '0.00'],
    ['rejected_connections', stats.rejectedConnections],
    ['sync_full', 0],
    ['sync_partial_ok', 0],
    ['sync_partial_err', 0],
    ['expired_keys', stats.expiredKeys],
    ['evicted_keys', stats.evictedKeys],
    ['evicted_clients', 0],
    ['keyspace_hits', stats.keyspaceHits],
    ['keyspace_misses', stats.keyspaceMisses],
    ['pubsub_channels', pubsub.channels.size],
    ['pubsub_patterns', pubsub.patterns.size],
    ['pubsubshard_channels', pubsub.shards.size],
    ['total_forks', 0],
    ['tracking_total_keys', tracking.keys.size],
    ['tracking_total_items', tracking.keys.items],
    ['tracking_total_prefixes', tracking.prefixes.size],
    ['unexpected_error_replies', 0],
    ['total_error_replies', [...stats.errors.values()].reduce((sum, count) => sum + count, 0)],
  ],
}

export const commandStatsSection: InfoSection = {
  name: 'commandstats',
  isExtra: true,
  fields: (instance) =>
    called(instance, ({ calls, rejected, failed }) => calls + rejected + failed > 0).map(
      ({ fullName, stats }): InfoField => {
        const { calls, failed, rejected } = stats
        const time = Math.round(stats.time)
        const each = calls > 0 ? stats.time / calls : 0
        return [
          `cmdstat_${fullName}`,
          `calls=${calls},usec=${time},usec_per_call=${each.toFixed(2)},rejected_calls=${rejected},failed_calls=${failed}`,
        ]
      },
    ),
}

export const errorStatsSection: InfoSection = {
  name: 'errorstats',
  fields: ({ stats }) => [...stats.errors].map(([code, count]) => [`errorstat_${code}`, `count=${count}`]),
}

export const latencyStatsSection: InfoSection = {
  name: 'latencystats',
  isExtra: true,
  fields: (instance) => {
    const percents = instance.config.get('latency-tracking-info-percentiles').split(' ').filter(Boolean)
    if (percents.length === 0 || instance.config.get('latency-tracking') === 'no') return []
    return called(instance, ({ calls }) => calls > 0).map(({ fullName, stats }): InfoField => {
      const times = percents.map((percent) => `p${percent}=${stats.percentile(Number(percent)).toFixed(3)}`)
      return [`latency_percentiles_usec_${fullName}`, times.join(',')]
    })
  },
}

type Calls = ReturnType<typeof withSubcommands>[number]

function called({ commands }: Instance, isShown: (stats: Calls['stats']) => boolean): Calls[] {
  return withSubcommands(commands).filter(({ stats }) => isShown(stats))
}
