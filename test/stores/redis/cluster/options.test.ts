import { Cluster as Cluster6 } from 'ioredis'
import { Cluster as Cluster5, Redis as Redis5 } from 'ioredis5'
import { describe, expect, it } from 'vitest'
import { type RedisClient, type RedisStoreOptions, redisStore } from '../../../../src/stores/redis/index.ts'
import { redis, refuses } from '../refused-options.ts'

const nodes = [{ host: '127.0.0.1', port: 1 }] // nothing listens there

describe('options of redisStore for clusters, sentinels and replicas', () => {
  refuses([
    [
      'nodes that are not an array',
      { nodes: 'redis://u:s3cret@host' },
      /nodes must be an array of .*got string/,
    ],
    ['no nodes', { nodes: [] }, /nodes must be .*it is empty/],
    [
      'nodes by url',
      { nodes: ['redis://u:s3cret@host'] },
      /got a string in it\. username, password and tls stand beside/,
    ],
    ['nodes by port', { nodes: [7000] }, /got a number in it/],
    ['a node without a host', { nodes: [{ port: 7000 }] }, /a host is missing/],
    ['a node whose port is a string', { nodes: [{ host: 'a', port: '7000' }] }, /the port of a is 7000/],
    ['a port out of range', { nodes: [{ host: 'a', port: 70_000 }] }, /the port of a is 70000/],
    [
      'a password of one node',
      { nodes: [{ host: 'a', password: 's3cret' }] },
      /password must stand beside nodes/,
    ],
    ['a url beside nodes', { nodes, url: 'redis://s3cret@a' }, /a url or nodes, not both/],
    ['a host beside nodes', { nodes, host: 'a' }, /host does not go with nodes: each of the nodes/],
    ['sentinels beside nodes', { nodes, sentinels: [{ host: 'a' }] }, /sentinels does not go with nodes/],
    ['a db', { nodes, db: 3 }, /db does not go with nodes: a cluster has only one/],
    ['a db in redisOptions', { nodes, redisOptions: { db: 3 } }, /db does not go with nodes/],
    ['retryStrategy', { nodes, retryStrategy: () => 1 }, /use clusterRetryStrategy/],
    ['scaleReads', { nodes, scaleReads: 'slave' }, /no option "scaleReads": use readFrom/],
    ['cluster', { cluster: {} }, /no option "cluster": use nodes, or client/],
    ['rootNodes', { rootNodes: [] }, /use nodes/],
    [
      'another readFrom',
      { nodes, readFrom: 'slave' },
      /readFrom must be 'primary' or 'replica'; got 'slave'/,
    ],
    [
      'replicas of one server',
      { url: 'redis://a', readFrom: 'replica' },
      /needs to know the replicas: connect by nodes or sentinels/,
    ],
    ['a nodeTimeout of one server', { nodeTimeout: 10 }, /nodeTimeout is for a Redis Cluster/],
    [
      'nodeTimeout 0',
      { nodes, nodeTimeout: 0 },
      /nodeTimeout must be a whole number from 1 to 2147483647; got 0/,
    ],
    ['nodeTimeout as a string', { nodes, nodeTimeout: '50ms' }, /nodeTimeout must be .*got '50ms'/],
    [
      'an endless nodeTimeout',
      { nodes, nodeTimeout: Number.POSITIVE_INFINITY },
      /nodeTimeout must be .*Infinity/,
    ],
  ])

  it('refuses options beside a client', () => {
    const one = new Redis5({ lazyConnect: true })
    expect(() => redis({ client: one, readFrom: 'replica' })).toThrow(/pass the client of a cluster/)
    expect(() => redis({ client: one, nodeTimeout: 10 })).toThrow(/nodeTimeout is for a Redis Cluster/)
    const cluster = new Cluster5(nodes, { lazyConnect: true })
    expect(() => redis({ client: cluster, nodes })).toThrow(/by its own options; leave out nodes/)
    const twice = new Cluster6(nodes, { lazyConnect: true, keyPrefix: 'a', redisOptions: { keyPrefix: 'b' } })
    expect(() => redis({ client: twice })).toThrow(/two keyPrefixes/)
  })

  it('names the cluster, and why it is not connected', async () => {
    const store = redisStore({ nodes, password: 's3cret', username: 'user' })
    const error = await store.getMany(['a']).catch((thrown: Error) => thrown)
    expect(String(error)).toMatch(
      /The Redis Cluster at 127\.0\.0\.1:1 is not connected: none of its nodes answers \(are they running\?\)/,
    )
    await expect(store.clock()).rejects.toMatchObject({ code: 'ERR_ONETRIP_STORE' })
    await store.close()
    await expect(store.getMany([])).rejects.toMatchObject({ code: 'ERR_ONETRIP_CLOSED' })
  })

  it('takes options of ioredis for the cluster and for its nodes, and clients of both versions', async () => {
    const given: RedisStoreOptions[] = [
      {
        nodes,
        lazyConnect: true,
        maxRedirections: 3,
        password: 'x',
        tls: {},
        keyPrefix: 'a:',
        nodeTimeout: 10,
      },
      {
        nodes,
        lazyConnect: true,
        redisOptions: { connectTimeout: 10, keyPrefix: 'a:' },
        db: undefined,
      } as RedisStoreOptions,
      { client: new Cluster6(nodes, { lazyConnect: true }), readFrom: 'replica' },
      { client: new Cluster5(nodes, { lazyConnect: true }) as RedisClient, nodeTimeout: 10 },
    ]
    for (const options of given) {
      const store = redisStore(options)
      await store.close()
    }
  })
})
