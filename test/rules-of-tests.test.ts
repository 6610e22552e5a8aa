import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { testFiles } from './helpers/projects.ts'

/** The rules for what stands in test/. */
const FILES = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(ts|js)$/.test(name) && name !== 'rules-of-tests.test.ts')
  .sort()
const codeOf = (file: string) =>
  readFileSync(join(import.meta.dirname, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*/gm, '')

test('processes are started by startProgram and startModule, which end them with the process of the test', () => {
  const starting = FILES.filter((file) => /(?<![\w.])(spawn|fork)\(/.test(codeOf(file)))
  expect(starting).toEqual(['helpers/child-process.ts', 'helpers/guard.ts'])
})

test('every test is in one project, and the projects name only tests', () => {
  const projects = Object.values(testFiles()).flat().sort()
  const tests = FILES.filter((file) => file.endsWith('.test.ts')).map((file) => `test/${file}`)
  expect(projects).toEqual([...tests, 'test/rules-of-tests.test.ts'].sort())
})

/**
 * Files that read a clock or wait for a time, how often, and the reason. An entry may become
 * smaller, and go.
 */
const CLOCKS: Readonly<Record<string, readonly [count: number, why: string]>> = {
  'cli/worker/tasks.js': [3, 'tasks that take their time'],
  'coherence/coherence.test.ts': [3, 'faults come and go at times that nobody knows'],
  'coherence/process.js': [4, 'compares when processes did what; the load that it makes'],
  'coherence/random-schedule.ts': [6, 'compares when stores did what; the load that it makes'],
  'coherence/random-schedules.test.ts': [4, 'faults come and go at times that nobody knows'],
  'faults/clock.test.ts': [2, 'what the clock of a server is off by'],
  'faults/faulty-connection.ts': [3, 'a network that is slow'],
  'faults/load.ts': [1, 'the pace of the visitors'],
  'faults/site-process.ts': [1, 'ends a process that does not end'],
  'faults/spoiler.ts': [2, 'the pace of what it does'],
  'faults/trial.ts': [2, 'measures for the table of results; nothing depends on it'],
  'core/single-flight/stampede/process.js': [3, 'a loader that takes its time, in a process of its own'],
  'helpers/killed-run/never-ends.ts': [1, 'a process that never ends'],
  'helpers/kyoto-tycoon-server.ts': [2, 'the clock of a server'],
  'helpers/redis-cluster.ts': [3, 'the pace of a migration; nobody waits for a node that is paused'],
  'helpers/redis-server.ts': [1, 'looks again whether a process has stopped'],
  'helpers/tcp-proxy.ts': [1, 'a network that is slow: trips are told apart by it'],
  'helpers/test-clock.ts': [3, 'methods of a clock; other processes go on meanwhile'],
  'http/async-contexts.test.ts': [1, 'a pool that calls from a timer'],
  'queue/chaos/chaos.test.ts': [6, 'the pace of the faults; measures what it prints'],
  'queue/chaos/cluster-chaos.test.ts': [
    7,
    'goes on for so many seconds; the pace of its load and its faults',
  ],
  'queue/chaos/worker.js': [3, 'tasks that take their time; notes when they begin'],
  'soak/queue-soak.test.ts': [11, 'goes on for so many minutes; its load and its faults'],
  'queue/worker-process.js': [1, 'a handler that keeps the event loop busy'],
  'soak/soak.test.ts': [13, 'goes on for so many minutes; its load and its faults'],
  'stores/redis/cluster/moving-slots.test.ts': [1, "moves a test's clock while other processes work"],
}
/**
 * A call of a timer or a clock of the process. That of a clock which is handed in has its name
 * before it, or in its arguments.
 */
const CLOCK =
  /(?<![\w.#])(?:setTimeout|setInterval|sleep|delay|nap)\((?!.*, clock\))|\b(?:Date|performance)\.now\(|\bhrtime\b|Atomics\.wait\(|\btimers\/promises\b/g

test('a test moves a clock of its own, or waits for what it means: it neither sleeps nor reads the time', () => {
  // Programs that compare and measure whole sites are no tests.
  const files = FILES.filter((file) => !file.startsWith('sites/'))
  const counts = files.map((file) => [file, codeOf(file).match(CLOCK)?.length ?? 0] as const)
  const allowed = Object.entries(CLOCKS).map(([file, [count]]) => [file, count] as const)
  expect(Object.fromEntries(counts.filter(([, count]) => count > 0))).toEqual(Object.fromEntries(allowed))
})

test('a wait without a limit of its own is expect.poll: vi.waitFor gives up after a second', () => {
  const lines = FILES.flatMap((file) =>
    codeOf(file)
      .split('\n')
      .map((line) => `${file}: ${line.trim()}`),
  )
  expect(
    lines.filter((line) => /\bvi\.(?:waitFor|waitUntil)\((?!.*(?:timeout: |[A-Z]{4}))/.test(line)),
  ).toEqual([])
})
