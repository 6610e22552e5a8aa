import type { ChildProcess } from 'node:child_process'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { startModule } from '../../helpers/child-process.ts'
import { describeRedis, type RedisServer, startRedis } from '../../helpers/redis-server.ts'

const CARDS = 24
const PAGES = 250
const PROCESSES = 4

interface Message {
  readonly ready?: true
  readonly rendering?: number
  readonly done?: { readonly right: number; readonly rendered: Record<string, number> }
}

describeRedis('1,000 requests for a cold page of 24 fragments, at once, in 4 processes', () => {
  let server: RedisServer
  const children: ChildProcess[] = []
  beforeAll(async () => {
    server = await startRedis()
  })
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
    await server.admin.flushall()
  })
  afterAll(() => server.stop())

  async function start(singleFlight: string, lockTtl = '60s'): Promise<ChildProcess[]> {
    const started = Array.from({ length: PROCESSES }, () =>
      startModule(new URL('stampede/process.js', import.meta.url), [server.url, singleFlight, lockTtl]),
    )
    children.push(...started)
    await Promise.all(started.map((child) => told(child, ({ ready }) => ready)))
    return started
  }

  function told<T>(child: ChildProcess, pick: (message: Message) => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      child.on('message', (message) => {
        const picked = pick(message as Message)
        if (picked !== undefined) resolve(picked)
      })
      child.once('exit', (code) => reject(new Error(`ended with ${code}`)))
    })
  }

  /** How often each card was rendered, by all processes. */
  async function crowd(processes: readonly ChildProcess[], more: object = {}): Promise<number[]> {
    const all = processes.map((child) => told(child, ({ done }) => done))
    for (const child of processes) child.send({ count: PAGES, cards: CARDS, slow: 100, ...more })
    const counts = new Array<number>(CARDS).fill(0)
    for (const { right, rendered } of await Promise.all(all)) {
      expect(right).toBe(PAGES)
      for (const [card, count] of Object.entries(rendered))
        counts[Number(card)] = (counts[Number(card)] ?? 0) + count
    }
    return counts
  }

  it("singleFlight 'store': each is rendered once", async () => {
    expect(await crowd(await start('store'))).toEqual(new Array(CARDS).fill(1))
  })

  it('also where pages want them in another order', async () => {
    expect(await crowd(await start('store'), { order: true })).toEqual(new Array(CARDS).fill(1))
  })

  it("'process': each at most once in each process", async () => {
    const counts = await crowd(await start('process'))
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(1)
    expect(Math.max(...counts)).toBeLessThanOrEqual(PROCESSES)
  })

  it('a process that is killed while it renders is forgotten: each is rendered at most once more', async () => {
    // The others wait until it is over.
    const processes = await start('store', '10s')
    const first = processes[0] as ChildProcess
    const rendering = told(first, (message) => message.rendering)
    first.send({ count: 1, cards: CARDS, slow: 60_000 })
    await rendering
    first.removeAllListeners('exit')
    const counting = crowd(processes.filter((child) => child !== first))
    first.kill('SIGKILL')
    const counts = await counting
    expect(Math.min(...counts)).toBe(1)
    expect(Math.max(...counts)).toBe(1)
  })

  it('locks leave nothing behind', async () => {
    await crowd(await start('store'))
    await expect.poll(async () => (await server.admin.keys('*!*')).length).toBe(0)
  })
})
