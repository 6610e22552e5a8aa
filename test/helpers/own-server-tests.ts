import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { filesOf, testFiles } from './projects.ts'

const TEST = join(import.meta.dirname, '..')

/** Folders with tests of what uses Redis. */
const FOLDERS = ['core', 'hot', 'http', 'metrics', 'queue', 'redis', 'stores', 'streams', 'toolkit']

/**
 * Tests that stay on Redis, and what they need that `onetrip/server` does not have. Files, or
 * folders.
 */
export const STAY_ON_REDIS: Readonly<Record<string, string>> = {
  'core/redis-cluster.test.ts': 'a cluster',
  'metrics/agreement.test.ts': 'an append-only file: counts survive the end of the server',
  'queue/chaos': 'an append-only file, and clusters',
  'queue/clients.test.ts': 'a cluster',
  'queue/failover.test.ts': 'a cluster with replicas',
  'queue/moving-slots.test.ts': 'a cluster',
  'redis/blocking-connection.test.ts': 'a cluster with replicas',
  'stores/redis/acl-rights.test.ts': 'ACL, TLS and a cluster',
  'stores/redis/cluster': 'clusters',
  'stores/redis/errors.test.ts': 'replicas, ACL, and scripts that another client interrupts',
  'stores/redis/sentinels.test.ts': 'Sentinels and replicas',
  'stores/tiered/on-a-cluster.test.ts': 'a cluster',
  'streams/outages.test.ts': 'a cluster with replicas',
  'toolkit/limits-clients.test.ts': 'a cluster',
  'toolkit/models/killed-server.test.ts': 'an append-only file: what is saved survives the end of the server',
  'toolkit/moving-slots.test.ts': 'a cluster',
}

/** Those of the others that run in every run of the tests: less than a minute. */
const SELECTION = [
  'core/definition/on-redis.test.ts',
  'queue/tasks.test.ts',
  'stores/redis/conformance.test.ts',
  'streams/stream.test.ts',
  'toolkit/lock/decorator.test.ts',
]

/**
 * Returns the tests that run on `onetrip/server` as well as on Redis: a selection, or all of them
 * with `ONETRIP_OWN_SERVER_TESTS=all`.
 */
export function ownServerTests(): string[] {
  if (process.env.ONETRIP_OWN_SERVER_TESTS !== 'all') return SELECTION.map((file) => `test/${file}`)
  return testFiles().servers.filter((path) => {
    const file = path.slice('test/'.length)
    return FOLDERS.some((folder) => file.startsWith(`${folder}/`)) && startsRedis(path) && !staysOnRedis(file)
  })
}

function staysOnRedis(file: string): boolean {
  return Object.keys(STAY_ON_REDIS).some((one) => file === one || file.startsWith(`${one}/`))
}

/** True if the test itself, or a file that it imports, calls `startRedis()`. */
function startsRedis(path: string): boolean {
  return [...filesOf(join(TEST, '..', path))].some(
    (file) => !file.endsWith('helpers/redis-server.ts') && readFileSync(file, 'utf8').includes('startRedis('),
  )
}
