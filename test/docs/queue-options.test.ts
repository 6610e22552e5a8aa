import { readFileSync } from 'node:fs'
import { runInThisContext } from 'node:vm'
import { TaskQueue } from 'onetrip/queue'
import { expect, test } from 'vitest'
import { resolveQueueOptions } from '../../src/queue/options/queue-options.ts'
import { resolveTaskOptions } from '../../src/queue/options/task-options.ts'
import { resolveWorkerOptions } from '../../src/queue/options/worker-options.ts'
import { readTiming } from '../../src/queue/schedule/timing.ts'

const TEXT = readFileSync(new URL('../../docs/queue.md', import.meta.url), 'utf8')

/** The rows of the first table after a text: names, and defaults as JavaScript. */
function tableAfter(text: string): [name: string, literal: string | undefined][] {
  const [, after = ''] = TEXT.split(text)
  const table = /^\|[\s\S]*?\n\n/m.exec(after)?.[0] ?? ''
  return [...table.matchAll(/^\| `(\w+)` \| (?:`(.+?)`)?/gm)].map(([, name = '', literal]) => [name, literal])
}

/** The names that the error of an unknown option lists. */
function namesIn(refuse: () => unknown): string[] {
  try {
    refuse()
  } catch (error) {
    return /It takes: (.*)\.$/.exec((error as Error).message)?.[1]?.split(', ') ?? []
  }
  return []
}

const redis = 'redis://localhost'
const unknown = { zzzzzzzzzz: 1 }
test.each<[text: string, resolve: (options: object) => unknown]>([
  ['Of `new TaskQueue(name, options)`:', (options) => resolveQueueOptions({ redis, ...options })],
  ['Of `queue.task(name, options, handler)`:', (options) => resolveTaskOptions('fib', options)],
  ['Of `queue.worker(options)`', resolveWorkerOptions],
  ['### Schedules', (options) => readTiming('schedule', { cron: '0 3 * * *', ...options })],
])('docs/queue.md, %s has every option and its default', (text, resolve) => {
  const rows = tableAfter(text)
  expect(rows.map(([name]) => name).sort()).toEqual(namesIn(() => resolve(unknown)).sort())
  for (const [name, literal] of rows) {
    if (literal === undefined || literal.startsWith('{ max,')) continue
    const value: unknown = runInThisContext(`(${literal})`)
    expect(resolve({ [name]: value }), name).toEqual(resolve({}))
  }
})

test('docs/queue.md has every event', () => {
  const queue = () => new TaskQueue('docs', { redis: { host: 'localhost', lazyConnect: true } })
  const listed = [...(TEXT.split('| event | |')[1]?.split('\n\n')[0] ?? '').matchAll(/`(\w+)`/g)]
  let message = ''
  const one = queue()
  try {
    one.on('nothing' as never, () => {})
  } catch (error) {
    message = (error as Error).message
  }
  const known = /It has: (.*)\.$/.exec(message)?.[1]?.split(', ') ?? []
  expect(new Set(listed.map(([, name]) => name))).toEqual(new Set(known))
  return one.close()
})
