import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { FragmentCache, lazy } from 'onetrip'
import { redisStore } from 'onetrip/stores/redis'
import { expect, it } from 'vitest'
import type { Fault } from '../faults/fault.ts'
import { type FaultProxy, startFaultProxy } from '../helpers/fault-proxy.ts'
import { describeRedis, type RedisServer, startRedis } from '../helpers/redis-server.ts'
import { engineOf } from '../helpers/templates.ts'

const MINUTES = Number(process.env.ONETRIP_SOAK_MINUTES ?? 0.4)
const ROWS = 40
const LEAST = MINUTES * 200
const MEGABYTE = 1024 * 1024

const TEMPLATES = {
  page:
    '<p>{{ visitor }}</p>{% cache "list", number, ttl="2s", stale="1s", tags=["list"] %}<ul>{% for id in ids %}' +
    '{% cache "row", id, ttl="3s", tags=["row:" ~ id] %}<li>{{ id }}={{ rows[id] }}{% nocache %}@{{ visitor }}{% endnocache %}</li>' +
    '{% endcache %}{% endfor %}</ul>{% endcache %}',
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/**
 * A row of the database: its version, and the one that every page which begins now must show at
 * least.
 */
interface Row {
  version: number
  committed: number
}

describeRedis(`a soak of ${MINUTES} min: random pages, invalidations and faults`, () => {
  it(
    'no page is wrong or old, and neither memory nor handles grow',
    async () => {
      const before = handles()
      const server = await startRedis(['--maxmemory', '64mb', '--maxmemory-policy', 'allkeys-lru'])
      const proxy = await startFaultProxy(server.port)
      const cache = new FragmentCache({
        store: redisStore({ url: `redis://127.0.0.1:${proxy.port}` }),
        engine: engineOf(TEMPLATES),
        singleFlight: { mode: 'store', wait: '1s' },
      })
      const rows = Array.from({ length: ROWS }, (): Row => ({ version: 0, committed: 0 }))
      const wrong: string[] = []
      let pages = 0
      const until = performance.now() + MINUTES * 60_000
      const heaps: number[] = []

      const visitor = async (me: number) => {
        // A busy machine is given more time for enough of them.
        for (let n = 0; performance.now() < until || pages < LEAST; n++) {
          const name = `v${me}.${n}`
          const problem = await visit(cache, rows, name, n % 9)
          pages++
          if (problem) wrong.push(problem)
          await sleep(1)
        }
      }
      const editor = async () => {
        while (performance.now() < until) {
          const id = Math.floor(Math.random() * ROWS)
          const row = rows[id] as Row
          const version = ++row.version
          // A rejection means that it is not applied yet; this process knows of it all the same.
          await cache.invalidate(`row:${id}`).catch(() => {})
          row.committed = Math.max(row.committed, version)
          await sleep(10 + Math.random() * 40)
        }
      }
      const watch = async () => {
        while (performance.now() < until) {
          collect()
          heaps.push(process.memoryUsage().heapUsed)
          await sleep(Math.min(5_000, (MINUTES * 60_000) / 12))
        }
      }
      await Promise.all([
        visitor(0),
        visitor(1),
        visitor(2),
        visitor(3),
        editor(),
        breakThings(server, proxy, until),
        watch(),
      ])
      await cache.close()
      await proxy.close()
      await server.stop()

      console.log(`${pages} pages, heap ${heaps.map((heap) => Math.round(heap / MEGABYTE)).join(' ')} MB`)
      expect(wrong.slice(0, 5)).toEqual([])
      expect(pages).toBeGreaterThanOrEqual(LEAST)
      // Warm after a third; then it is flat.
      const [warm, end] = [heaps[Math.floor(heaps.length / 3)], heaps.at(-1)] as [number, number]
      expect(end - warm).toBeLessThan(20 * MEGABYTE)
      await expect.poll(handles).toBeLessThanOrEqual(before)
    },
    MINUTES * 60_000 + 600_000,
  )
})

/** @returns what is wrong with the page */
async function visit(cache: FragmentCache, rows: readonly Row[], visitor: string, number: number) {
  const ids = rows.map((_, id) => id).filter((id) => id % 9 !== number)
  const least = rows.map(({ committed }) => committed)
  const data = { visitor, number, ids, rows: rows.map((row) => lazy(() => row.version)) }
  const { body } = await cache.render('page', data)
  const most = rows.map(({ version }) => version)
  const html = body.toString()
  const found = [...html.matchAll(/<li>(\d+)=(\d+)@(v\d+\.\d+)<\/li>/g)]
  if (!html.startsWith(`<p>${visitor}</p><ul>`) || found.length !== ids.length)
    return `not a page: ${html.slice(0, 200)}`
  for (const [n, [text, id, version, who]] of found.entries()) {
    if (Number(id) !== ids[n] || who !== visitor) return `not its row: ${text} for ${visitor}`
    if (Number(version) < (least[Number(id)] as number))
      return `old: ${text}, version ${least[Number(id)]} was there`
    if (Number(version) > (most[Number(id)] as number)) return `from the future: ${text}`
  }
  return undefined
}

/** One fault after another, each for a moment, with quiet between them. */
async function breakThings(server: RedisServer, proxy: FaultProxy, until: number): Promise<void> {
  const faults: Fault[] = [
    { delay: 20 },
    { delay: 150 },
    { reply: () => 'mute' },
    { reply: (reply) => ({ thenReset: reply.subarray(0, reply.length / 2) }) },
    { answer: () => '-LOADING Redis is loading the dataset in memory\r\n' },
    {
      answer: (command) =>
        /evalsha/i.test(command) ? '-READONLY You can not write against a replica\r\n' : undefined,
    },
  ]
  for (let n = 0; performance.now() < until; n++) {
    await sleep(500 + Math.random() * 1_000)
    const kind = n % (faults.length + 3)
    if (kind < faults.length) {
      proxy.set(faults[kind])
      await sleep(500)
      proxy.set()
    } else if (kind === faults.length) {
      proxy.reset()
    } else if (kind === faults.length + 1) {
      await proxy.refuse()
      await sleep(500)
      await proxy.accept()
    } else {
      server.pause()
      await sleep(500)
      server.resume()
    }
  }
  proxy.set()
}

function handles(): number {
  return process.getActiveResourcesInfo().filter((name) => /Timeout|TCP|Pipe/.test(name)).length
}
