import { Redis } from 'ioredis'
import { median } from '../harness/statistics.js'

/** Calls of each contender before it is measured: it is compiled by then. */
const WARM_UP = 3_000
/** Commands that are this benchmark's own, or open a connection. */
const NOT_COUNTED = /^(info|config.*|hello|auth|select|client.*|flushdb|script.*|memory.*)$/

/** Measures contenders in turn, by the CPU of this process and by what Redis counts. */
export class Measure {
  #admin
  #rounds
  #milliseconds
  #warmUp

  static async open(url, { rounds, milliseconds, quick }) {
    return new Measure(new Redis(url), rounds, milliseconds, quick ? 50 : WARM_UP)
  }

  /** @private */
  constructor(admin, rounds, milliseconds, warmUp) {
    this.#admin = admin
    this.#rounds = rounds
    this.#milliseconds = milliseconds
    this.#warmUp = warmUp
  }

  /** @param {import('./groups.js').Case[]} cases @param {(title: string) => void} onStep */
  async cases(cases, onStep) {
    /** @type {object[]} */
    const results = []
    for (const one of cases) results.push(await this.#case(one, onStep))
    return results
  }

  /** @param {import('./groups.js').Case} one @param {(title: string) => void} onStep */
  async #case({ title, concurrency = 1, contenders, check }, onStep) {
    const names = Object.keys(contenders)
    for (const name of names) {
      await run(contenders[name], concurrency, { calls: this.#warmUp })
      await check?.(name)
    }
    /** @type {Record<string, object[]>} */
    const rounds = Object.fromEntries(names.map((name) => [name, []]))
    for (let round = 0; round < this.#rounds; round++) {
      onStep(title)
      for (const name of names) rounds[name].push(await this.#round(contenders[name], concurrency))
    }
    const [floor] = names
    return {
      title,
      concurrency,
      contenders: names.map((name) => ({ name, ...summaryOf(rounds[name], rounds[floor]) })),
    }
  }

  async #round(call, concurrency) {
    const before = await this.#redis()
    const cpuBefore = process.cpuUsage()
    const begun = performance.now()
    const calls = await run(call, concurrency, { milliseconds: this.#milliseconds })
    const wall = ((performance.now() - begun) * 1_000) / calls
    const { user, system } = process.cpuUsage(cpuBefore)
    const after = await this.#redis()
    return {
      cpu: (user + system) / calls,
      wall,
      commands: (after.calls - before.calls) / calls,
      redis: (after.micros - before.micros) / calls,
    }
  }

  /** Commands that clients sent until now, and microseconds of Redis that they took. */
  async #redis() {
    let calls = 0
    let micros = 0
    for (const line of (await this.#admin.info('commandstats')).split('\r\n')) {
      const match = /^cmdstat_([^:]+):calls=(\d+),usec=(\d+)/.exec(line)
      if (!match || NOT_COUNTED.test(match[1])) continue
      calls += Number(match[2])
      micros += Number(match[3])
    }
    return { calls, micros }
  }

  /** Bytes of Redis for each item. @param {import('./groups.js').Memory[]} things */
  async memory(things) {
    /** @type {object[]} */
    const results = []
    for (const { title, items, contenders } of things) {
      const bytes = {}
      for (const [name, fill] of Object.entries(contenders)) {
        await this.#admin.flushdb()
        const before = await this.#used()
        await fill()
        bytes[name] = ((await this.#used()) - before) / items
      }
      results.push({ title, bytes })
    }
    return results
  }

  async #used() {
    return Number(/used_memory_dataset:(\d+)/.exec(await this.#admin.info('memory'))?.[1])
  }

  close() {
    this.#admin.disconnect()
  }
}

/** Calls a function again and again. @returns {Promise<number>} how often */
async function run(call, concurrency, { calls = Infinity, milliseconds = Infinity }) {
  const end = performance.now() + milliseconds
  let count = 0
  const caller = async () => {
    while (count < calls && performance.now() < end) await call(count++)
  }
  await Promise.all(Array.from({ length: concurrency }, caller))
  return count
}

function summaryOf(rounds, floors) {
  const of = (key) => median(rounds.map((round) => round[key]))
  return {
    cpu: of('cpu'),
    wall: of('wall'),
    redis: of('redis'),
    commands: of('commands'),
    /** Median of the rounds' ratios of CPU to the floor. */
    ratio: median(rounds.map(({ cpu }, at) => cpu / floors[at].cpu)),
  }
}
