import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fragmentKey, keyPrefix } from '../../../../src/core/key/fragment-key.ts'
import { keySlot } from '../../../../src/redis/slot.ts'
import { fromClusterKey, toClusterKey } from '../../../../src/stores/redis/cluster/cluster-key.ts'
import type { Store } from '../../../../src/stores/store.ts'
import { patientClusterStore } from '../../../helpers/patient-stores.ts'
import { type RedisCluster, startRedisCluster } from '../../../helpers/redis-cluster.ts'
import { describeRedis } from '../../../helpers/redis-server.ts'

/** Keys with everything that can choose a slot. */
const odd = fc.string({
  unit: fc.constantFrom('{', '}', '{}', '%', '7B', '25', 'a', 'é', '千', '\ud83d', ':'),
})

describe('keys of a cluster', () => {
  it('are unescaped to what they were, have no braces, and keep prefixes', () => {
    fc.assert(
      fc.property(odd, odd, (begin, end) => {
        const written = toClusterKey(begin + end)
        expect(fromClusterKey(written)).toBe(begin + end)
        expect(written).not.toMatch(/[{}]/)
        expect(written.startsWith(toClusterKey(begin))).toBe(true)
      }),
    )
  })

  it('are unchanged without braces and percent signs', () => {
    const key = fragmentKey(keyPrefix('onetrip', ''), 'card', ['é', 7, { a: [1] }])
    expect(toClusterKey(key)).toBe(key)
  })
})

describeRedis('slots', () => {
  let cluster: RedisCluster
  beforeAll(async () => {
    cluster = await startRedisCluster()
  })
  afterAll(() => cluster.stop())
  const [value, ttl] = [Buffer.from('x'), 60_000]
  const sizes = () => Promise.all(cluster.nodes.slice(0, 3).map(({ admin }) => admin.dbsize()))

  it('are those of Redis', async () => {
    const fixed = [
      '',
      '{',
      '}',
      '{}',
      '{}{a}',
      '{a}',
      'x{a}y',
      '{a',
      'a}b{c}',
      '{{a}}',
      '{a}{b}',
      '}{a}',
      '{é}x',
    ]
    const keys = [...fixed, ...fc.sample(odd, 2_000)]
    const admin = cluster.nodes[0]?.admin
    const answers = await Promise.all(keys.map((key) => admin?.cluster('KEYSLOT', key)))
    expect(keys.map(keySlot)).toEqual(answers)
    expect(keySlot('123456789')).toBe(0x31c3 & 0x3fff)
  })

  it('are not chosen by what visitors send', async () => {
    const prefix = keyPrefix('onetrip', '')
    const parts = Array.from({ length: 300 }, (_, i) => `{one}${i}`)
    const keys = [
      ...parts.map((part) => fragmentKey(prefix, 'search', [part])),
      ...parts.map((part) => `${prefix}#${part.length}:${part}`),
    ]
    expect(new Set(keys.map(keySlot)).size).toBe(1) // without escaping they would be
    const store = patientClusterStore({ nodes: cluster.addresses })
    await store.setMany(keys.map((key) => ({ key, value, ttl })))
    for (const size of await sizes()) expect(size).toBeGreaterThan(100)
    const listed: string[] = []
    for await (const key of store.keys?.(`${prefix}6:search`) ?? []) listed.push(key)
    expect(listed.sort()).toEqual(keys.slice(0, 300).sort())
    await store.clear(prefix)
    expect(await sizes()).toEqual([0, 0, 0])
    await store.close()
  })

  it.each([
    ['{shop}:', 1],
    ['x{shop}y{z}:', 1],
    ['{shop', 100],
    ['{}', 100],
    ['{}{shop}', 100],
    ['shop}', 100],
  ])('with the keyPrefix %s the keys are on as many slots as Redis says', async (prefix, atLeast) => {
    await cluster.flush()
    const store: Store = patientClusterStore({ nodes: cluster.addresses, keyPrefix: prefix })
    const keys = Array.from({ length: 200 }, (_, i) => `{${i}}k${i}`)
    await store.setMany(keys.map((key) => ({ key, value, ttl })))
    expect((await store.getMany(keys)).every((found) => Buffer.isBuffer(found))).toBe(true)
    const held = (await Promise.all(cluster.nodes.slice(0, 3).map(({ admin }) => admin.keys('*')))).flat()
    expect(held.length).toBe(200)
    for (const key of held) expect(key.startsWith(prefix)).toBe(true)
    const slots = new Set(held.map(keySlot)).size
    if (atLeast === 1) expect(slots).toBe(1)
    else expect(slots).toBeGreaterThan(atLeast)
    const listed: string[] = []
    for await (const key of store.keys?.('{1') ?? []) listed.push(key)
    expect(listed.sort()).toEqual(keys.filter((key) => key.startsWith('{1')).sort())
    await store.close()
  })
})
