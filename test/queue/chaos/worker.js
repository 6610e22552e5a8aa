/**
 * A worker process that is killed at any time. Arguments: the name of the queue, the port
 * of Redis through the bad network, the port past it, the lease. It notes each task that it begins,
 * and counts it when it is done, past the network.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { TaskQueue } from '../../../dist/queue/index.js'

const [name, ...numbers] = process.argv.slice(2)
const [port, truthPort, lease] = numbers.map(Number)
const truth = new Redis({ port: truthPort, host: '127.0.0.1' })
const queue = new TaskQueue(name, { redis: `redis://127.0.0.1:${port}`, lease, maxCrashes: 1_000 })

queue.task('count', { result: false }, async function (n) {
  // Nanoseconds on a clock that all processes of the machine share.
  await truth.xadd(
    `${name}:begun`,
    '*',
    'id',
    this.id,
    'pid',
    process.pid,
    'at',
    String(process.hrtime.bigint()),
  )
  await sleep(5)
  await truth.hincrby(`${name}:done`, n, 1)
  process.send?.('worked')
})
queue.on('error', () => {}) // the network is bad

const worker = queue.worker({ concurrency: 8 })
process.on('message', async () => {
  await worker.close()
  await queue.close()
  process.exit(0)
})
