import { arch, release, totalmem, type } from 'node:os'
import { REDIS_VERSION } from '../../../redis-version.ts'
import { humanBytes, type InfoSection } from './section.ts'

export const serverSection: InfoSection = {
  name: 'server',
  fields: ({ clock, config, runId, stats }) => {
    const uptime = Math.floor((clock.now - stats.startedAt) / 1_000)
    return [
      ['redis_version', REDIS_VERSION],
      ['redis_git_sha1', '00000000'],
      ['redis_git_dirty', 0],
      ['redis_build_id', '0000000000000000'],
      ['redis_mode', 'standalone'],
      ['os', `${type()} ${release()} ${arch()}`],
      ['arch_bits', 64],
      ['multiplexing_api', 'libuv'],
      ['process_id', process.pid],
      ['process_supervised', 'no'],
      ['run_id', runId],
      ['tcp_port', config.get('port')],
      ['server_time_usec', clock.micros()],
      ['uptime_in_seconds', uptime],
      ['uptime_in_days', Math.floor(uptime / 86_400)],
      ['hz', config.get('hz')],
      ['configured_hz', config.get('hz')],
      ['lru_clock', Math.floor(clock.now / 1_000) & 0xffffff],
      ['executable', process.execPath],
      ['config_file', ''],
      ['io_threads_active', 0],
      ['onetrip_server', 1],
    ]
  },
}

export const memorySection: InfoSection = {
  name: 'memory',
  fields: ({ config, libraries, scripts, stats }) => {
    const { rss } = process.memoryUsage()
    const memory = stats.usedMemory
    const peak = Math.max(stats.peakMemory, memory)
    const max = config.number('maxmemory')
    return [
      ['used_memory', memory],
      ['used_memory_human', humanBytes(memory)],
      ['used_memory_rss', rss],
      ['used_memory_rss_human', humanBytes(rss)],
      ['used_memory_peak', peak],
      ['used_memory_peak_human', humanBytes(peak)],
      ['used_memory_peak_perc', `${(peak > 0 ? (memory / peak) * 100 : 0).toFixed(2)}%`],
      ['used_memory_dataset', memory],
      ['used_memory_scripts_eval', scripts.bytes],
      ['number_of_cached_scripts', scripts.size],
      ['number_of_functions', libraries.functionCount],
      ['number_of_libraries', libraries.all.length],
      ['total_system_memory', totalmem()],
      ['total_system_memory_human', humanBytes(totalmem())],
      ['maxmemory', max],
      ['maxmemory_human', humanBytes(max)],
      ['maxmemory_policy', config.get('maxmemory-policy')],
      ['mem_fragmentation_ratio', '1.00'],
      ['mem_not_counted_for_evict', 0],
      ['mem_allocator', 'v8'],
      ['lazyfree_pending_objects', 0],
      ['lazyfreed_objects', 0],
    ]
  },
}

export const cpuSection: InfoSection = {
  name: 'cpu',
  fields: () => {
    const { system, user } = process.cpuUsage()
    const seconds = (micros: number) => (micros / 1e6).toFixed(6)
    return [
      ['used_cpu_sys', seconds(system)],
      ['used_cpu_user', seconds(user)],
      ['used_cpu_sys_children', '0.000000'],
      ['used_cpu_user_children', '0.000000'],
    ]
  },
}
