import { Redis } from 'ioredis'
import { usedCpu, usedMemory } from '../harness/redis-usage.js'
import { quantile } from '../harness/statistics.js'
import { CONTENDERS } from './contenders.js'
import { Peer } from './peer.js'
import { ADDED_ALONE, ADDED_IN_BULK, DRAINS, KEPT, LATENCY_TASKS, WARM_UP } from './settings.js'

/** One contender on its database of the server: an adding process, a working one, and a look. */
export class Subject {
  #client
  #worker
  #admin
  #scale

  /**
   * @param {string} name @param {{ urlOf(database: number): string }} redis
   * @param {number} scale share of the tasks that each step has
   */
  static async open(name, redis, scale) {
    const url = redis.urlOf(CONTENDERS[name].database)
    return new Subject(new Redis(url), await Peer.start(name, url), await Peer.start(name, url), scale)
  }

  /** @private */
  constructor(admin, client, worker, scale) {
    this.#admin = admin
    this.#client = client
    this.#worker = worker
    this.#scale = scale
  }

  /** Compiles what will run, in both processes. */
  async warmUp() {
    await this.#client.ask('addAlone', this.#count(200))
    await this.#client.ask('addInBulk', { count: this.#count(WARM_UP) })
    await this.#drain({ concurrency: 16, wait: 0, tasks: this.#count(200) + this.#count(WARM_UP) })
  }

  /** Returns the figures of a step: tasks per second, and microseconds of CPU for each. */
  async add(how) {
    const count = this.#count(how === 'alone' ? ADDED_ALONE : ADDED_IN_BULK)
    const figures = await this.#withRedisCpu(count, () =>
      how === 'alone' ? this.#client.ask('addAlone', count) : this.#client.ask('addInBulk', { count }),
    )
    await this.#drain({ concurrency: 64, wait: 0, tasks: count })
    return figures
  }

  /** @param {import('./settings.js').Drain} drain */
  async drain(drain) {
    const tasks = this.#count(drain.tasks)
    await this.#client.ask('addInBulk', { count: tasks })
    return this.#withRedisCpu(tasks, () => this.#drain({ ...drain, tasks }))
  }

  async #drain({ concurrency, wait, tasks }) {
    const figures = await this.#worker.ask('drain', { concurrency, wait, tasks })
    const left = await this.#worker.ask('left')
    if (left !== 0) throw new Error(`${left} of ${tasks} tasks were not acknowledged`)
    return figures
  }

  /** Milliseconds at low load: until a task runs, and until its result is there. */
  async latency() {
    await this.#worker.ask('startAnswering')
    await this.#client.ask('latency', this.#count(20)) // opens what the first result needs
    const { begun, answered } = await this.#client.ask('latency', this.#count(LATENCY_TASKS))
    await this.#worker.ask('stopAnswering')
    const of = (values) => {
      const sorted = Float64Array.from(values).sort()
      return { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) }
    }
    return { begun: of(begun), answered: of(answered) }
  }

  /** Bytes of Redis for each waiting task, and for each finished one. */
  async memory() {
    const count = this.#count(KEPT)
    const bytes = {}
    for (const kept of [false, true]) {
      await this.#admin.flushdb()
      const empty = await usedMemory(this.#admin)
      await this.#client.ask('addInBulk', { count, kept })
      if (!kept) bytes.waiting = (await usedMemory(this.#admin)) - empty
      await this.#drain({ concurrency: 64, wait: 0, tasks: count })
      bytes[kept ? 'kept' : 'finished'] = (await usedMemory(this.#admin)) - empty
    }
    await this.#admin.flushdb()
    return {
      waiting: bytes.waiting / count,
      finished: bytes.finished / count,
      kept: bytes.kept / count,
    }
  }

  async #withRedisCpu(count, work) {
    const before = await usedCpu(this.#admin)
    const figures = await work()
    return { ...figures, redis: ((await usedCpu(this.#admin)) - before) / count }
  }

  #count(full) {
    return Math.max(10, Math.round(full * this.#scale))
  }

  async close() {
    this.#admin.disconnect()
    await Promise.all([this.#client.stop(), this.#worker.stop()])
  }
}

/** The steps of a round, in order. */
export const STEPS = [
  { title: 'add, one by one', run: (subject) => subject.add('alone') },
  { title: 'add, in bulk', run: (subject) => subject.add('bulk') },
  ...DRAINS.map((drain) => ({
    title: drain.title,
    run: (/** @type {Subject} */ subject) => subject.drain(drain),
  })),
]
