/** A process of `onetrip worker`: works on the queues of a module until it is told to end. */
import { messageOf } from '../../errors.ts'
import { type TaskQueue, Worker } from '../../queue/index.ts'
import { UsageError } from '../command/usage-error.ts'
import { exportedQueues } from './exported-queues.ts'
import { type FromProcess, type ProcessArguments, STOP } from './messages.ts'
import { WorkerLog } from './worker-log.ts'

const settings = JSON.parse(process.argv[2] ?? '{}') as ProcessArguments
const log = new WorkerLog(settings.json, process.stderr)
const tell = (message: FromProcess) =>
  new Promise<void>((resolve) => {
    process.send ? process.send(message, () => resolve()) : resolve()
  })

/** Ends the work; resolves with the exit code. */
let close = async () => 0
let isStopping = false

/** Ends after the running tasks. What the module has opened, such as a database, may stay open. */
async function stop(): Promise<void> {
  if (isStopping) return
  isStopping = true
  try {
    process.exit(await close())
  } catch (error) {
    log.line(messageOf(error))
    process.exit(1)
  }
}

// Ctrl-C reaches all processes of the terminal: the first one tells the others what to do.
process.on('SIGINT', () => {})
process.on('SIGTERM', stop)
process.on('message', (message) => {
  if (message === STOP) void stop()
})
// The first process is gone.
process.on('disconnect', stop)

try {
  const queues = await exportedQueues(settings.file, settings.queues)
  const worker = new Worker(queues, {
    concurrency: settings.concurrency,
    shutdownTimeout: settings.shutdownTimeout,
  })
  for (const queue of queues) report(queue)
  close = async () => {
    await worker.close()
    await Promise.all(queues.map((queue) => queue.close()))
    // Handlers that did not end in time: their tasks were given back.
    return worker.running > 0 ? 1 : 0
  }
  await tell({ kind: 'ready', queues: queues.map(({ name }) => name) })
} catch (error) {
  const message = error instanceof UsageError ? error.message : stackOf(error)
  await tell({ kind: 'refused', message })
  process.exit(2)
}

/** Prints failures that an operator has to know of. */
function report(queue: TaskQueue): void {
  const line = (text: string) => log.line(`${queue.name}: ${text}`, { queue: queue.name })
  queue.on('error', ({ error }) => line(messageOf(error)))
  queue.on('retried', ({ name, id, attempt, delay }) =>
    line(`${name} (${id}) failed at attempt ${attempt}, and is tried again in ${delay} ms`),
  )
  queue.on('dead', ({ name, id, error }) =>
    line(`${name} (${id}) went to the dead letters: ${stackOf(error)}`),
  )
  queue.on('recovered', ({ tasks, workers }) =>
    line(`${tasks} tasks of workers that are gone (${workers.join(', ')}) are run again`),
  )
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
