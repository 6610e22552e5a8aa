import { type ChildProcess, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { type QueueInfo, TaskQueue } from 'onetrip/queue'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, test } from 'vitest'
import { startProgram } from '../helpers/child-process.ts'
import { describeRedis, type RedisServer, startRedis } from '../helpers/redis-server.ts'

const CLI = join(import.meta.dirname, '../../dist/cli/onetrip.js')
const fixture = (name: string) => join(import.meta.dirname, 'worker', name)

/** Node from 22.18 on runs TypeScript itself. */
const WITHOUT_TYPESCRIPT =
  'typescript' in process.features && process.features.typescript ? '--no-experimental-strip-types' : ''

/** Runs a command line that ends by itself. */
function run(...args: string[]): { code: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, 'worker', ...args], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: WITHOUT_TYPESCRIPT, REDIS_URL: 'redis://127.0.0.1:1' },
  })
  return { code: status, stdout, stderr }
}

test('--help shows a module, and the options', () => {
  const { code, stdout } = run('--help')
  expect(code).toBe(0)
  expect(stdout).toContain("export const mail = new TaskQueue('mail'")
  for (const option of ['--processes', '--concurrency', '--queues', '--shutdown-timeout'])
    expect(stdout).toContain(`  ${option} `)
})

describe('a wrong command line is refused in a sentence, with exit code 2', () => {
  const TASKS = fixture('tasks.js')
  it.each([
    ['no module', [], 'needs a module that exports queues: onetrip worker ./tasks.js'],
    ['a file that is not there', ['./nowhere.js'], `There is no file ${process.cwd()}/nowhere.js.`],
    ['a folder', [fixture('.')], 'is a folder: name the module in it that exports your queues.'],
    ['two modules', [TASKS, 'more.js'], 'takes one module, not also more.js'],
    [
      'a module without queues',
      [fixture('no-queue.js')],
      'exports no TaskQueue, only default (the function send itself), nothing (5). Export the queue',
    ],
    [
      'a module that throws',
      [fixture('broken.js')],
      'broken.js cannot be imported. Error: DATABASE_URL is not set',
    ],
    [
      'a misspelt queue',
      [TASKS, '--queues', 'mial'],
      'exports no queue "mial". Did you mean "mail"? It exports: mail, images.',
    ],
    [
      'no names of queues',
      [TASKS, '--queues', ','],
      '--queues must be names of queues, such as mail,images.',
    ],
    ['no processes', [TASKS, '--processes', '0'], '--processes must be a whole number from 1 to 512, not 0.'],
    [
      'a number that is none',
      [TASKS, '--concurrency', 'many'],
      '--concurrency must be a whole number from 1 to 10000, not many.',
    ],
    [
      'a time without a unit',
      [TASKS, '--shutdown-timeout', '25'],
      '--shutdown-timeout must be a time such as 25s or 2m',
    ],
    ['an unknown option', [TASKS, '--workers', '4'], "Unknown option '--workers'"],
  ])('%s', (_, args, message) => {
    const { code, stdout, stderr } = run(...args)
    expect(stderr).toContain(message)
    expect(stderr).not.toContain('UsageError')
    expect([code, stdout]).toEqual([2, ''])
  })

  it('TypeScript', () => {
    const { code, stderr } = run(fixture('typed.ts'))
    expect(code).toBe(2)
    expect(stderr).toContain(`Node ${process.versions.node} cannot run typed.ts: compile it`)
  })
})

/** The processes of workers, by their names: `host:pid:random`. */
function workerPids({ workers }: QueueInfo): number[] {
  return workers.map(({ id }) => Number(id.split(':').at(-2)))
}

/** The tasks of the module, which its processes run. */
function tasksOf(queue: TaskQueue) {
  return {
    pid: queue.task<[], number>('pid'),
    slow: queue.task<[], string>('slow'),
    crash: queue.task<[], void>('crash'),
    fails: queue.task<[], void>('fails'),
    endless: queue.task<[], void>('endless'),
  }
}

describeRedis('onetrip worker', () => {
  let server: RedisServer
  let queue: TaskQueue
  let tasks: ReturnType<typeof tasksOf>
  const children: ChildProcess[] = []

  /** Each test has queues of its own: what one leaves behind is not run by the next. */
  let prefix = 'test'

  beforeAll(async () => {
    server = await startRedis()
  })
  beforeEach(() => {
    prefix += '+'
    queue = new TaskQueue('mail', { redis: server.url, prefix })
    tasks = tasksOf(queue)
  })
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
    await queue.close()
  })
  afterAll(() => server.stop())

  /** Starts the command, and gathers what it prints on stderr. */
  function start(args: readonly string[] = [], file = 'tasks.js') {
    const child = startProgram(process.execPath, [CLI, 'worker', fixture(file), ...args], {
      env: { ...process.env, REDIS_URL: server.url, PREFIX: prefix },
    })
    children.push(child)
    const started = { child, printed: '', exitCode: undefined as number | null | undefined }
    child.stderr.on('data', (text) => {
      started.printed += text
    })
    child.once('exit', (code) => {
      started.exitCode = code
    })
    return started
  }

  async function pids(count: number): Promise<Set<number>> {
    const handles = await tasks.pid.addMany(Array.from({ length: count }, () => []))
    return new Set(await Promise.all(handles.map((handle) => handle.result())))
  }

  const isAlive = (pid: number) => {
    try {
      return process.kill(pid, 0)
    } catch {
      return false
    }
  }

  it('works in as many processes as it is told, and ends with exit code 0', async () => {
    const started = start(['--processes', '2', '--concurrency', '1'])
    const found = new Set<number>()
    await expect
      .poll(async () => {
        for (const pid of await pids(4)) found.add(pid)
        return found.size
      })
      .toBe(2)
    expect(found.has(started.child.pid as number)).toBe(false)
    expect(started.printed).toBe('onetrip worker: Working on mail, images in 2 processes. Ctrl-C stops.\n')
    started.child.kill('SIGTERM')
    await expect.poll(() => started.exitCode).toBe(0)
    expect([...found].filter(isAlive)).toEqual([])
  })

  it('serves the queues in arrays too, and only those of --queues', async () => {
    const images = new TaskQueue('images', { redis: server.url, prefix })
    const started = start(['--queues', 'images'])
    const handle = await images.task<[path: string], string>('resize')('cat.jpg')
    expect(await handle.result()).toBe('small cat.jpg')
    expect(started.printed).toContain('Working on images in 1 process.')
    await images.close()
  })

  it('starts a process that crashed again, and says so', async () => {
    const started = start()
    const [before] = await pids(1)
    await tasks.crash()
    await expect
      .poll(() => started.printed)
      .toMatch(/Process 1 \(pid \d+\) ended: SIGKILL. It is started again at once./)
    const [after] = await pids(1)
    expect(after).not.toBe(before)
  })

  it('says which tasks have failed for good', async () => {
    const started = start()
    await (await tasks.fails()).result().catch(() => {})
    await expect
      .poll(() => started.printed)
      .toMatch(/mail: fails \(.+\) went to the dead letters: Error: no such address\n +at /)
  })

  it('logs JSON, an object a line', async () => {
    const started = start(['--json'])
    await (await tasks.fails()).result().catch(() => {})
    await expect.poll(() => started.printed).toContain('dead letters')
    const lines = started.printed
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines[0]).toEqual({
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      message: 'Working on mail, images in 1 process. Ctrl-C stops.',
    })
    expect(lines.at(-1)).toMatchObject({ queue: 'mail', message: expect.stringContaining('no such address') })
  })

  it('waits for running tasks when it ends', async () => {
    const started = start()
    const handle = await tasks.slow()
    await expect.poll(() => handle.state()).toBe('running')
    started.child.kill('SIGINT')
    expect(await handle.result()).toBe('done')
    await expect.poll(() => started.exitCode).toBe(0)
  })

  it('gives back a task that does not end in time, with exit code 1', async () => {
    const started = start(['--shutdown-timeout', '100ms'])
    const handle = await tasks.endless()
    await expect.poll(() => handle.state()).toBe('running')
    started.child.kill('SIGTERM')
    await expect.poll(() => started.exitCode).toBe(1)
    expect(await handle.state()).toBe('waiting')
  })

  it('a second Ctrl-C ends at once, with exit code 1', async () => {
    const started = start()
    const handle = await tasks.endless()
    await expect.poll(() => handle.state()).toBe('running')
    started.child.kill('SIGINT')
    await expect.poll(() => started.printed).toContain('Ctrl-C again ends at once.')
    started.child.kill('SIGINT')
    await expect.poll(() => started.exitCode).toBe(1)
    expect(started.printed).toContain('The processes are ended at once.')
  })

  it('two SIGTERM end at once, too: a task that runs is given back after its lease', async () => {
    const started = start()
    const handle = await tasks.endless()
    await expect.poll(() => handle.state()).toBe('running')
    const [pid = 0] = workerPids(await queue.info())
    started.child.kill('SIGTERM')
    await expect.poll(() => started.printed).toContain('Ending after the running tasks')
    started.child.kill('SIGTERM')
    await expect.poll(() => started.exitCode).toBe(1)
    await expect.poll(() => isAlive(pid)).toBe(false)
  })

  it('processes that die at their start are started again after longer and longer waits', async () => {
    const started = start(['--processes', '2'], 'dies.js')
    for (const when of ['at once', 'in 200 ms', 'in 400 ms'])
      for (const number of [1, 2])
        await expect
          .poll(() => started.printed)
          .toMatch(
            new RegExp(`Process ${number} \\(pid \\d+\\) ended: exit code 3. It is started again ${when}.`),
          )
    // It ends by a signal between two attempts, or during one.
    started.child.kill('SIGTERM')
    await expect.poll(() => started.exitCode).toBeTypeOf('number')
  })

  it('waits for a Redis that is not there at its start, says so, and works when it comes', async () => {
    await server.kill()
    const started = start()
    await expect.poll(() => started.printed).toContain('Working on mail, images in 1 process.')
    await expect
      .poll(() => started.printed)
      .toMatch(/onetrip worker: mail: .*(is not connected|did not answer)/)
    await server.restart()
    expect((await pids(1)).size).toBe(1)
    started.child.kill('SIGTERM')
    await expect.poll(() => started.exitCode).toBe(0)
  })

  it('ends while Redis is not there', async () => {
    const started = start()
    await pids(1)
    await server.kill()
    started.child.kill('SIGTERM')
    await expect.poll(() => started.exitCode).toBeTypeOf('number')
    await server.restart()
  })

  it('the processes end when the first one is killed', async () => {
    const started = start(['--processes', '2', '--concurrency', '1'])
    const found = [...(await pids(8))]
    started.child.kill('SIGKILL')
    await expect.poll(() => found.filter(isAlive)).toEqual([])
  })
})
