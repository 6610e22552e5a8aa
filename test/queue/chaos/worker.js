/**
 * A worker process that is killed at any time. Arguments: the names of the queues, separated by
 * commas; the port of Redis through the bad network, or ports of a cluster; the port of the server
 * where it notes each task that it begins, and counts it when it is done; the lease.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Cluster, Redis } from 'ioredis'
import { TaskQueue, Worker } from '../../../dist/queue/index.js'

const [names, ports, truthPort, lease] = process.argv.slice(2)
const truth = new Redis({ port: Number(truthPort), host: '127.0.0.1' })
const nodes = ports.split(',').map((port) => ({ host: '127.0.0.1', port: Number(port) }))
const redis = nodes.length > 1 ? new Cluster(nodes) : `redis://127.0.0.1:${ports}`

const queues = names.split(',').map((name) => {
  const queue = new TaskQueue(name, { redis, lease: Number(lease), maxCrashes: 1_000 })
  queue.task('count', { result: false }, async function (n) {
    // Nanoseconds on a clock that all processes of the machine share.
    const at = String(process.hrtime.bigint())
    await truth.xadd(`${name}:begun`, '*', 'id', this.id, 'pid', process.pid, 'at', at)
    await sleep(5)
    await truth.hincrby(`${name}:done`, n, 1)
    process.send?.('worked')
  })
  queue.on('error', () => {}) // the network is bad
  return queue
})

const worker = new Worker(queues, { concurrency: 8 })
process.on('message', async () => {
  await worker.close()
  await Promise.all(queues.map((queue) => queue.close()))
  process.exit(0)
})
