/**
 * A process with one worker of the queue "work". Arguments: the url of Redis, the worker's options
 * as JSON. It sends a message for each task that begins; `block` keeps the event loop busy, and
 * `die` ends the process at once.
 */
import { TaskQueue } from '../../dist/queue/index.js'

const [url, options] = process.argv.slice(2)
const queue = new TaskQueue('work', { redis: url, maxCrashes: 2 })
const cell = new Int32Array(new SharedArrayBuffer(4))

queue.task('wait', function () {
  process.send({ began: this.id, attempt: this.attempt })
  return new Promise((_, reject) => {
    this.signal.addEventListener('abort', () => reject(this.signal.reason))
  })
})
queue.task('block', (ms) => {
  process.send({ began: 'block' })
  Atomics.wait(cell, 0, 0, ms)
  return 'unblocked'
})
queue.task('die', () => process.kill(process.pid, 'SIGKILL'))
queue.task('echo', (value) => value)
queue.worker(JSON.parse(options))
process.send('ready')
process.on('message', () => queue.close().then(() => process.disconnect()))
