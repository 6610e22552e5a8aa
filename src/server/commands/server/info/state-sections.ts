import type { Instance } from '../../../instance.ts'
import type { InfoField, InfoSection } from './section.ts'

export const clientsSection: InfoSection = {
  name: 'clients',
  fields: ({ clients, config, tracking }) => [
    ['connected_clients', clients.size],
    ['cluster_connections', 0],
    ['maxclients', config.get('maxclients')],
    ['client_recent_max_input_buffer', 0],
    ['client_recent_max_output_buffer', 0],
    ['blocked_clients', [...clients].filter(({ block }) => block !== undefined).length],
    ['tracking_clients', tracking.size],
    ['clients_in_timeout_table', 0],
  ],
}

export const persistenceSection: InfoSection = {
  name: 'persistence',
  fields: ({ snapshots }) => [
    ['loading', 0],
    ['async_loading', 0],
    ['rdb_changes_since_last_save', snapshots.changes],
    ['rdb_bgsave_in_progress', 0],
    ['rdb_last_save_time', Math.floor(snapshots.savedAt / 1_000)],
    ['rdb_last_bgsave_status', 'ok'],
    ['rdb_last_bgsave_time_sec', -1],
    ['rdb_current_bgsave_time_sec', -1],
    ['aof_enabled', 0],
    ['aof_rewrite_in_progress', 0],
    ['aof_rewrite_scheduled', 0],
    ['aof_last_rewrite_time_sec', -1],
    ['aof_current_rewrite_time_sec', -1],
    ['aof_last_bgrewrite_status', 'ok'],
    ['aof_last_write_status', 'ok'],
    ['module_fork_in_progress', 0],
  ],
}

export const replicationSection: InfoSection = {
  name: 'replication',
  fields: ({ runId }) => [
    ['role', 'master'],
    ['connected_slaves', 0],
    ['master_failover_state', 'no-failover'],
    ['master_replid', runId],
    ['master_replid2', '0'.repeat(40)],
    ['master_repl_offset', 0],
    ['second_repl_offset', -1],
    ['repl_backlog_active', 0],
    ['repl_backlog_size', 1_048_576],
    ['repl_backlog_first_byte_offset', 0],
    ['repl_backlog_histlen', 0],
  ],
}

export const modulesSection: InfoSection = { name: 'modules', fields: () => [] }

export const clusterSection: InfoSection = { name: 'cluster', fields: () => [['cluster_enabled', 0]] }

export const keyspaceSection: InfoSection = {
  name: 'keyspace',
  fields: (instance) =>
    instance.databases
      .filter(({ size }) => size > 0)
      .map((database) => {
        const { expiring, index, size } = database
        const ttl = averageTtl(instance, expiring.values())
        return [`db${index}`, `keys=${size},expires=${expiring.size},avg_ttl=${ttl}`] satisfies InfoField
      }),
}

/** Keys whose time to live is looked at. */
const SAMPLES = 100

function averageTtl({ clock }: Instance, expiring: Iterable<{ readonly expiresAt: number }>): number {
  let sum = 0
  let count = 0
  for (const { expiresAt } of expiring) {
    sum += Math.max(0, expiresAt - clock.now)
    if (++count === SAMPLES) break
  }
  return count === 0 ? 0 : Math.floor(sum / count)
}
