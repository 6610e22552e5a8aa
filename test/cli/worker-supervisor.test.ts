import { expect, test } from 'vitest'
import { type Reports, Supervisor, type WorkerProcess } from '../../src/cli/worker/supervisor.ts'
import { TestClock } from '../helpers/test-clock.ts'

/** A process of the supervisor, in the hands of the test. */
class Started implements WorkerProcess {
  readonly pid: number
  readonly reports: Reports
  readonly told: string[] = []

  constructor(pid: number, reports: Reports) {
    this.pid = pid
    this.reports = reports
  }

  stop(): void {
    this.told.push('stop')
  }

  kill(): void {
    this.told.push('kill')
    this.reports.ended('SIGKILL')
  }
}

function supervise(processes: number) {
  const clock = new TestClock()
  const started: Started[] = []
  const lines: string[] = []
  const supervisor = new Supervisor({
    processes,
    shutdownTimeout: 5_000,
    clock,
    log: (line) => lines.push(line),
    start: (reports) => {
      const one = new Started(started.length + 1, reports)
      started.push(one)
      return one
    },
  })
  const exitCode = supervisor.run((message) => new Error(message))
  exitCode.catch(() => {})
  return { clock, started, lines, supervisor, exitCode, last: () => started.at(-1) as Started }
}

test('it starts the processes, and says once what they work on', () => {
  const { started, lines } = supervise(3)
  expect(started).toHaveLength(3)
  for (const { reports } of started) reports.ready(['mail', 'images'])
  expect(lines).toEqual(['Working on mail, images in 3 processes. Ctrl-C stops.'])
})

test('a process that crashes is started again: at once, then after waits that double up to 30 s', () => {
  const { clock, started, lines, last } = supervise(1)
  const waits: number[] = []
  for (let crash = 0; crash < 11; crash++) {
    const count = started.length
    last().reports.ready(['mail'])
    last().reports.ended('exit code 1')
    const from = clock.now()
    while (started.length === count) clock.advance(100)
    waits.push(clock.now() - from)
  }
  expect(waits).toEqual([0, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 30000, 30000])
  expect(lines.slice(1, 3)).toEqual([
    'Process 1 (pid 1) ended: exit code 1. It is started again at once.',
    'Process 1 (pid 2) ended: exit code 1. It is started again in 200 ms.',
  ])
})

test('a process that has worked for a minute is started again at once', () => {
  const { clock, started, last } = supervise(1)
  for (let crash = 0; crash < 3; crash++) {
    clock.advance(60_000)
    last().reports.ended('SIGSEGV')
  }
  expect(started).toHaveLength(4)
})

test('the others go on when one crashes', () => {
  const { started } = supervise(2)
  started[0]?.reports.ended('exit code 1')
  expect(started).toHaveLength(3)
  expect(started[1]?.told).toEqual([])
})

test('a module that cannot be worked with ends all of it', async () => {
  const { started, exitCode } = supervise(2)
  started[0]?.reports.refused('tasks.js exports no queue.')
  await expect(exitCode).rejects.toThrow('tasks.js exports no queue.')
  expect(started.map(({ told }) => told)).toEqual([['kill'], ['kill']])
})

test('a module that fails later is a crash like others', () => {
  const { clock, started, lines, last } = supervise(1)
  last().reports.ready(['mail'])
  last().reports.ended('exit code 1')
  last().reports.refused('DATABASE_URL is not set')
  last().reports.ended('exit code 2')
  clock.advance(200)
  expect(started).toHaveLength(3)
  expect(lines.at(-1)).toContain('ended: DATABASE_URL is not set. It is started again')
})

test('stop() ends the processes after their tasks: exit code 0', async () => {
  const { clock, started, supervisor, exitCode } = supervise(2)
  supervisor.stop()
  expect(started.map(({ told }) => told)).toEqual([['stop'], ['stop']])
  for (const { reports } of started) reports.ended(undefined)
  await expect(exitCode).resolves.toBe(0)
  expect(clock.timers).toBe(0)
})

test('a process that does not end in time is killed: exit code 1', async () => {
  const { clock, started, lines, supervisor, exitCode } = supervise(2)
  supervisor.stop()
  started[0]?.reports.ended(undefined)
  clock.advance(5_000)
  expect(started[1]?.told).toEqual(['stop'])
  clock.advance(2_000)
  await expect(exitCode).resolves.toBe(1)
  expect(started[1]?.told).toEqual(['stop', 'kill'])
  expect(lines).toEqual([
    'Ending after the running tasks, within 5000 ms. Ctrl-C again ends at once.',
    '1 of the processes did not end within 5000 ms.',
  ])
})

test('a second stop() kills at once', async () => {
  const { started, supervisor, exitCode } = supervise(2)
  supervisor.stop()
  supervisor.stop()
  await expect(exitCode).resolves.toBe(1)
  expect(started.map(({ told }) => told)).toEqual([
    ['stop', 'kill'],
    ['stop', 'kill'],
  ])
})

test('stop() while a process waits to be started again: it is not', async () => {
  const { clock, started, supervisor, exitCode, last } = supervise(1)
  last().reports.ended('exit code 1')
  last().reports.ended('exit code 1')
  supervisor.stop()
  await expect(exitCode).resolves.toBe(0)
  clock.advance(60_000)
  expect(started).toHaveLength(2)
})
