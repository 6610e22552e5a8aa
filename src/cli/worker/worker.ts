import { processClock } from '../../clock.ts'
import { UsageError } from '../command/usage-error.ts'
import type { Output } from '../output/output.ts'
import { existingModule } from '../store/import-module.ts'
import { startProcess } from './start-process.ts'
import { Supervisor } from './supervisor.ts'
import type { WorkerFlags } from './worker-command.ts'
import { WorkerLog } from './worker-log.ts'

/**
 * Runs `onetrip worker` until SIGTERM or SIGINT.
 * @returns the exit code: 1 if tasks had to be left unfinished
 * @throws UsageError if the module exports nothing to work on
 */
export async function worker(module: string, flags: WorkerFlags, errors: Output): Promise<number> {
  const { processes, concurrency, queues, shutdownTimeout, json = false } = flags
  const file = existingModule(module, 'your queues')
  const settings = { file, concurrency, queues, shutdownTimeout, json }
  const log = new WorkerLog(json, errors)
  const supervisor = new Supervisor({
    processes,
    shutdownTimeout,
    start: (reports) => startProcess(settings, reports),
    clock: processClock,
    log: (line) => log.line(line),
  })
  const stop = () => supervisor.stop()
  process.on('SIGINT', stop).on('SIGTERM', stop)
  try {
    return await supervisor.run((message) => new UsageError(message))
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop)
  }
}
