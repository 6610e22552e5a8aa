import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { memoryStore } from '../../../src/stores/memory/index.ts'
import {
  type RedisClusterOptions,
  type RedisStoreOptions,
  redisStore,
} from '../../../src/stores/redis/index.ts'
import type { Store } from '../../../src/stores/store.ts'
import { tieredStore } from '../../../src/stores/tiered/index.ts'
import { storeConformance } from '../../../src/testing/index.ts'
import { untilCopied } from '../../helpers/copies.ts'
import { patientClusterStore } from '../../helpers/patient-stores.ts'
import { type RedisCluster, startRedisCluster } from '../../helpers/redis-cluster.ts'
import { describeRedis, freePort, type RedisServer, startRedis } from '../../helpers/redis-server.ts'
import { steadyClock } from '../../helpers/steady-clock.ts'
import { TestClock } from '../../helpers/test-clock.ts'

const capabilities = { shared: true, conditional: true, ttlPrecision: 1 }
const SECRET = 's3cret-p4ss'

/** As docs/store-redis.md lists them. */
const COMMANDS =
  '+mget +get +evalsha +eval +script|load +unlink +scan +time +info +set +getrange +exists +pttl +pexpire +persist'.split(
    ' ',
  )
/** Of a store with a log, and of a first tier that follows it. */
const OF_A_LOG = '+xadd +xtrim +xrevrange'.split(' ')
const OF_A_FOLLOWER = '+xread +xrange'.split(' ')
const OF_A_CLUSTER = '+cluster|slots +cluster|info +asking +readonly +readwrite'.split(' ')

/** Clock of the stores of one server; it stands still. */
const clock = new TestClock()
const opened: Store[] = []
const open = (options: RedisStoreOptions) => {
  const store =
    'nodes' in options ? patientClusterStore(options as RedisClusterOptions) : redisStore(options, clock)
  opened.push(store)
  return store
}
afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()))
})
const failure = (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => {
      throw new Error('it was no failure')
    },
    (error: Error) => error,
  )

describeRedis('a server that does not know AUTH', () => {
  it('repeats the password, but no error contains it', async () => {
    const server = await startRedis(['--rename-command', 'AUTH', '', '--rename-command', 'HELLO', ''])
    try {
      const error = await failure(
        open({ url: `redis://pages:${SECRET}@127.0.0.1:${server.port}` }).getMany(['a']),
      )
      expect(error.message).toMatch(/unknown command/)
      expect(inspect(error, { depth: 9 })).not.toContain(SECRET)
    } finally {
      await server.stop()
    }
  })
})

describeRedis('a user with only the rights that the store needs', () => {
  let server: RedisServer
  let cluster: RedisCluster
  const warned = vi.spyOn(console, 'warn')
  beforeAll(async () => {
    server = await startRedis()
    cluster = await startRedisCluster()
    const rules = ['on', `>${SECRET}`, '~site:*', '-@all', ...COMMANDS]
    await server.admin.call('ACL', 'SETUSER', 'pages', ...rules)
    for (const { admin } of cluster.nodes)
      await admin.call('ACL', 'SETUSER', 'pages', ...rules, ...OF_A_CLUSTER)
    for (const { admin } of [server, ...cluster.nodes]) {
      const more = admin === server.admin ? [] : OF_A_CLUSTER
      await admin.call('ACL', 'SETUSER', 'logger', ...rules, ...more, ...OF_A_LOG)
      await admin.call('ACL', 'SETUSER', 'reader', ...rules, ...more, ...OF_A_LOG, ...OF_A_FOLLOWER)
    }
  })
  afterAll(async () => {
    expect(warned).not.toHaveBeenCalled()
    await Promise.all([server.stop(), cluster.stop()])
  })
  const user = { username: 'pages', password: SECRET, keyPrefix: 'site:' }

  storeConformance({
    name: 'on one server',
    describe,
    it,
    create: () => redisStore({ port: server.port, ...user }, clock),
    capabilities,
  })
  storeConformance({
    name: 'on a cluster',
    describe,
    it,
    create: () => patientClusterStore({ nodes: cluster.addresses, ...user }),
    capabilities,
  })

  const logger = { ...user, username: 'logger', log: true }
  const reader = { ...user, username: 'reader', log: true }
  storeConformance({
    name: 'on one server, with a log',
    describe,
    it,
    create: () => redisStore({ port: server.port, ...logger }, clock),
    capabilities,
  })
  storeConformance({
    name: 'on a cluster, with a log',
    describe,
    it,
    create: () => patientClusterStore({ nodes: cluster.addresses, ...logger }),
    capabilities,
  })

  it.each([
    // A follower pauses between two replies: by a clock that stands still, for ever.
    ['one server', (more: typeof user) => redisStore({ port: server.port, ...more }, steadyClock())],
    ['a cluster', (more: typeof user) => patientClusterStore({ nodes: cluster.addresses, ...more })],
  ])("gets a first tier by 'stream' on %s", async (_name, openBy) => {
    const steady = steadyClock()
    const [second, other] = [openBy(reader), openBy(logger)]
    const store = tieredStore({ first: memoryStore({}, steady), second, coherence: 'stream' }, steady)
    opened.push(store, other)
    await expect
      .poll(() => other.setMany([{ key: 'a', value: Buffer.from('x'), ttl: 60_000 }]))
      .toEqual([true])
    await untilCopied(store, 'a')
    await other.deleteMany(['a'])
    await expect.poll(() => store.getCopies?.(['a'])).toBe(undefined)
  })

  it('gets errors that name the missing right and no password', async () => {
    for (const given of [
      { ...user, password: `not-${SECRET}` },
      { username: 'nobody', password: SECRET },
    ]) {
      const error = await failure(open({ nodes: cluster.addresses, ...given }).getMany(['a']))
      expect(error.message).toMatch(
        /The Redis Cluster at 127.0.0.1:\d+ is not connected: WRONGPASS.*give its password/,
      )
      expect(inspect(error, { depth: 9 })).not.toContain(SECRET)
    }
    const { keyPrefix: _, ...elsewhere } = user
    const [refused] = await open({ nodes: cluster.addresses, ...elsewhere })
      .getMany(['a', 'b'])
      .catch((error) => [error])
    expect(String(refused)).toMatch(/NOPERM.*allow it by ACL SETUSER/)
    expect(inspect(refused, { depth: 9 })).not.toContain(SECRET)
  })

  it('gets an error where a server is not part of a cluster', async () => {
    const { message } = await failure(
      open({ nodes: [{ host: '127.0.0.1', port: server.port }] }).getMany(['a']),
    )
    expect(message).toMatch(/cluster support disabled.*it is one server: connect by a url/)
  })
})

describeRedis('TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'onetrip-tls-'))
  const path = (name: string) => join(folder, name)
  const openssl = (...args: string[]) => {
    const { status, stderr } = spawnSync('openssl', args, { cwd: folder })
    if (status !== 0) throw new Error(`openssl ${args.join(' ')}: ${stderr}`)
  }
  let server: RedisServer
  let port: number
  let ca: Buffer
  const tlsArgs = () => {
    const files = ['--tls-cert-file', path('server.crt'), '--tls-key-file', path('server.key')]
    return [...files, '--tls-ca-cert-file', path('ca.crt'), '--tls-auth-clients', 'no']
  }
  beforeAll(async () => {
    const subject = (name: string) => ['-subj', `/CN=${name}`]
    openssl(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-keyout',
      'ca.key',
      '-out',
      'ca.crt',
      ...subject('test authority'),
    )
    const names = ['-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost']
    openssl(
      'req',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      'server.key',
      '-out',
      'server.csr',
      ...subject('localhost'),
      ...names,
    )
    openssl(
      'x509',
      '-req',
      '-in',
      'server.csr',
      '-CA',
      'ca.crt',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-days',
      '2',
      '-copy_extensions',
      'copy',
      '-out',
      'server.crt',
    )
    ca = readFileSync(path('ca.crt'))
    port = await freePort()
    server = await startRedis(['--tls-port', String(port), '--requirepass', SECRET, ...tlsArgs()])
  })
  afterAll(async () => {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  storeConformance({
    name: 'rediss://',
    describe,
    it,
    create: () => redisStore({ url: `rediss://:${SECRET}@127.0.0.1:${port}`, tls: { ca } }, clock),
    capabilities,
  })

  it('refuses an untrusted certificate, and says so', async () => {
    const error = await failure(open({ url: `rediss://:${SECRET}@127.0.0.1:${port}` }).getMany(['a']))
    expect(error.message).toMatch(/is not connected: .*certificate/)
    expect(inspect(error, { depth: 9 })).not.toContain(SECRET)
  })

  it('fails without hanging if only one side uses TLS', async () => {
    const plain = await failure(open({ url: `redis://:${SECRET}@127.0.0.1:${port}` }).getMany(['a']))
    expect(plain.message).toMatch(/is not connected/)
    const other = await failure(
      open({ url: `rediss://:${SECRET}@127.0.0.1:${server.port}`, tls: { ca } }).getMany(['a']),
    )
    expect(other.message).toMatch(/is not connected/)
  })

  it('reaches every node of a cluster', async () => {
    const cluster = await startRedisCluster(
      ['--tls-cluster', 'yes', '--tls-replication', 'yes', ...tlsArgs()],
      ca,
    )
    try {
      const store = open({ nodes: cluster.addresses, tls: { ca } })
      const keys = Array.from({ length: 60 }, (_, i) => `k${i}`)
      const value = Buffer.from('x')
      expect(await store.setMany(keys.map((key) => ({ key, value, ttl: 60_000 })))).toEqual(
        new Array(60).fill(true),
      )
      expect((await store.getMany(keys)).every((found) => Buffer.isBuffer(found))).toBe(true)
    } finally {
      await cluster.stop()
    }
  })
})
