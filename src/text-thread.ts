import { Worker, type WorkerOptions } from 'node:worker_threads'

/** Must use nothing but its parameter and globals. */
export type ThreadProgram = (requireModule: (name: string) => unknown) => void

/**
 * Starts a thread that does not keep its process alive. Its program is sent as text, so that one
 * form of it serves sources and the built package. A thread that fails ends, without an error of
 * the process: who needs to know listens to `error`.
 *
 * @throws Error where threads are not allowed
 */
export function startThread(
  program: ThreadProgram,
  options: Pick<WorkerOptions, 'env' | 'resourceLimits' | 'workerData'>,
): Worker {
  // Neither loaders nor inspectors of the process are wanted there.
  const thread = new Worker(`(${program.toString()})(require)`, { ...options, eval: true, execArgv: [] })
  thread.unref()
  thread.on('error', () => {})
  return thread
}
