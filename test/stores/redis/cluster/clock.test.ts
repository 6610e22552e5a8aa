import { EventEmitter } from 'node:events'
import { expect, it } from 'vitest'
import { type RedisClient, redisStore } from '../../../../src/stores/redis/index.ts'
import { TestClock } from '../../../helpers/test-clock.ts'

const clock = new TestClock()

/** A node whose clock is wrong, since real servers of one machine share theirs. */
class Node extends EventEmitter {
  readonly status = 'ready'
  readonly options: { host: string; port: number }
  /** How far its clock is ahead, in ms; undefined if it does not answer. */
  ahead: number | undefined

  constructor(port: number, ahead: number) {
    super()
    this.options = { host: '127.0.0.1', port }
    this.ahead = ahead
  }

  async script() {}

  async time() {
    if (this.ahead === undefined) throw new Error('LOADING Redis is loading the dataset in memory')
    const micros = Math.floor((clock.wall() + this.ahead) * 1000)
    return [Math.floor(micros / 1_000_000), micros % 1_000_000]
  }
}

class Cluster extends EventEmitter {
  readonly status = 'ready'
  readonly isCluster = true
  readonly options = {}
  readonly slots: string[][]
  readonly #nodes: readonly Node[]

  constructor(nodes: readonly Node[]) {
    super()
    this.#nodes = nodes
    this.slots = Array.from({ length: 16_384 }, (_, slot) => [`127.0.0.1:${(slot % nodes.length) + 1}`])
  }

  nodes() {
    return this.#nodes
  }

  mgetBuffer() {}
  refreshSlotsCache() {}
}

it('the clock of a cluster is the earliest of its primaries, also while that one does not answer', async () => {
  const [late, early, ahead] = [new Node(1, 0), new Node(2, -5_000), new Node(3, 60_000)]
  const store = redisStore({ client: new Cluster([late, early, ahead]) as unknown as RedisClient }, clock)
  const offset = async () => (await store.clock()) - clock.wall()
  expect(await offset()).toBeCloseTo(-5_000)
  early.ahead = undefined
  late.ahead = 100
  clock.advance(60_000)
  expect(await offset()).toBeCloseTo(-5_000)
  early.ahead = -3_000
  expect(await offset()).toBeCloseTo(-3_000)
  for (const node of [late, early, ahead]) node.ahead = undefined
  await expect(store.clock()).rejects.toMatchObject({ code: 'ERR_ONETRIP_STORE' })
  await store.close()
})
