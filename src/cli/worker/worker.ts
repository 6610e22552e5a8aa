import { processClock } from '../../clock.ts'
import { UsageError } from '../usage-error.ts'
import { startProcess } from './start-process.ts'
import { Supervisor } from './supervisor.ts'
import { parseWorker, WORKER_HELP } from './worker-options.ts'

interface Output {
  write(text: string): unknown
}

/**
 * Runs `onetrip worker` until SIGTERM or SIGINT.
 * @returns the exit code: 1 if tasks had to be left unfinished
 * @throws UsageError if the command line is wrong, or the module exports nothing to work on
 */
export async function worker(args: readonly string[], output: Output, errors: Output): Promise<number> {
  const options = parseWorker(args)
  if (options === 'help') {
    output.write(WORKER_HELP)
    return 0
  }
  const { processes, ...settings } = options
  const supervisor = new Supervisor({
    processes,
    shutdownTimeout: options.shutdownTimeout,
    start: (reports) => startProcess(settings, reports),
    clock: processClock,
    log: (line) => errors.write(`onetrip worker: ${line}\n`),
  })
  const stop = () => supervisor.stop()
  process.on('SIGINT', stop).on('SIGTERM', stop)
  try {
    return await supervisor.run((message) => new UsageError(message))
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop)
  }
}
