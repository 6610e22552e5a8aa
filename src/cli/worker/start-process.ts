import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type FromProcess, type ProcessArguments, STOP } from './messages.ts'
import type { Reports, WorkerProcess } from './supervisor.ts'

/** The module beside this one, after compilation. */
const PROCESS = fileURLToPath(new URL('./worker-process.js', import.meta.url))

/** Starts a process that works on queues; what it prints goes where this process prints. */
export function startProcess(settings: ProcessArguments, reports: Reports): WorkerProcess {
  const child = fork(PROCESS, [JSON.stringify(settings)])
  let hasEnded = false
  const ended = (how: string | undefined) => {
    if (hasEnded) return
    hasEnded = true
    reports.ended(how)
  }
  child.on('message', (message: FromProcess) => {
    if (message.kind === 'ready') reports.ready(message.queues)
    else reports.refused(message.message)
  })
  child.once('exit', (code, signal) => ended(code === 0 ? undefined : (signal ?? `exit code ${code}`)))
  // It could not be started, or not be told to stop.
  child.once('error', (error) => {
    if (child.pid === undefined) ended(error.message)
  })
  return {
    pid: child.pid,
    stop: () => {
      if (child.connected) child.send(STOP, () => {})
    },
    kill: () => {
      child.kill('SIGKILL')
    },
  }
}
