import { TaskQueue, Worker } from 'onetrip/queue'
import { expect, test } from 'vitest'
import { describeRedis } from '../helpers/redis-server.ts'
import { useQueues } from './queues.ts'

describeRedis('bad input is refused at the call', () => {
  const { queue, server } = useQueues()
  const cyclic: Record<string, unknown> = {}
  cyclic.self = cyclic

  test.each([
    ['a function', [() => {}], 'arguments[0] is a function, which JSON does not have'],
    [
      'a BigInt',
      [{ user: { id: 1n } }],
      'arguments[0].user.id is a BigInt, which JSON does not have: pass a string',
    ],
    ['a symbol', ['a', [Symbol('s')]], 'arguments[1][0] is a symbol'],
    ['a cycle', [cyclic], 'contains itself, or is more than 200 levels deep'],
    [
      'a Date',
      [{ 'at-time': new Date() }],
      'arguments[0]["at-time"] is a Date, which would arrive as a string',
    ],
    ['a Map', [new Map()], 'arguments[0] is an instance of Map: pass plain data'],
    ['NaN', [Number.NaN], 'arguments[0] is NaN, which JSON does not have: pass null'],
    [
      'undefined before the end',
      [undefined, 1],
      'arguments[0] is undefined, which JSON does not have: pass null',
    ],
  ])('%s among the arguments', async (_, args, message) => {
    const task = queue().task('mail', (..._args: unknown[]) => {})
    const refused = { code: 'ERR_ONETRIP_TASK_ARGUMENTS', message: expect.stringContaining(message) }
    await expect(task(...args)).rejects.toMatchObject(refused)
    await expect(task.addMany([['fine'], args])).rejects.toMatchObject(refused)
    expect(await server().admin.dbsize()).toBe(0)
  })

  test('arguments over maxBytes', async () => {
    const task = queue({ maxBytes: 100 }).task('mail', (_: string) => {})
    await expect(task('é'.repeat(60))).rejects.toThrow(
      'The arguments of the task "mail" have 124 bytes as JSON',
    )
  })

  test('what may be passed arrives as it was', async () => {
    const work = queue()
    const echo = work.task('echo', (...args: unknown[]) => args)
    work.worker()
    const args = [null, true, 1.5, 'a\n"é\u2028', [1, [2]], { a: { b: null } }, { __proto__: null, c: 1 }]
    expect(await (await echo(...args)).result()).toEqual(args)
    expect(await (await echo(1, undefined)).result()).toEqual([1])
  })

  test.each([
    ['retires', { retires: 3 }, 'did you mean "retries"?'],
    ['attempts', { attempts: 3 }, 'did you mean "retries"?'],
    ['concurrency', { concurrency: 3 }, 'concurrency is an option of queue.worker()'],
    ['backoff', { backoff: { dealy: 1 } }, 'did you mean "delay"?'],
    ['priority', { priority: 'urgent' }, "must be 'high', 'normal' or 'low', not 'urgent'"],
    ['timeout', { timeout: '5 minutes' }, "The option timeout is '5 minutes'"],
    ['retries', { retries: -1 }, 'must be a whole number of at least 0'],
  ])('an option of a task: %s', (_, options, message) => {
    expect(() => queue().task('mail', options as object, () => {})).toThrow(message)
  })

  test.each([
    [{ dealy: 1 }, 'did you mean "delay"?'],
    [{ delay: 1, at: 2 }, 'takes delay or at, not both'],
    [{ at: new Date(Number.NaN) }, 'The option at must be a Date that is valid'],
    [{ unique: '' }, 'The option unique must be a string that is not empty'],
    [{ unique: { ttl: 1 } }, 'The option unique.key must be a string'],
    [{ jobId: 'a' }, 'did you mean "unique"?'],
    [{ result: true }, 'result is an option of queue.task()'],
    ['1s', "takes an object, not '1s'"],
  ])('options of a call: %j', (options, message) => {
    const task = queue().task('mail', () => {})
    expect(() => task.with(options as object)).toThrow(message)
  })

  test('options of a queue, of a worker and of results', async () => {
    const make = (options: object, name = 'work') => new TaskQueue(name, options as { redis: string })
    expect(() => make({})).toThrow('The option redis of TaskQueue is missing')
    expect(() => make({ connection: {} })).toThrow('did you mean "redis"?')
    expect(() => make({ redis: 'redis://localhost', lease: 1 })).toThrow(
      'The option lease must be at least 500 ms',
    )
    expect(() => make({ redis: 'redis://localhost', rateLimit: { max: 0 } })).toThrow(
      'The option rateLimit.max',
    )
    expect(() => make({ redis: 'redis://localhost' }, '')).toThrow('must be a string that is not empty')
    expect(() => make({ redis: 'redis://localhost' }, 'a{b')).toThrow('must not have braces')
    const work = queue()
    expect(() => work.worker({ concurency: 1 } as object)).toThrow('did you mean "concurrency"?')
    expect(() => work.worker({ concurrency: 0 })).toThrow('The option concurrency')
    expect(() => new Worker([])).toThrow('A worker needs at least one queue')
    expect(() => new Worker([work, work])).toThrow('was given the queue "work" twice')
    expect(() => new Worker(['work'] as never)).toThrow('A worker takes a TaskQueue')
    await expect(work.handle('a').result({ timeuot: 1 } as object)).rejects.toThrow('did you mean "timeout"?')
    expect(() => work.handle('')).toThrow('The id of a task must be a string')
    await expect(work.dead.retry([''])).rejects.toThrow('dead.retry() takes the id of a task')
    expect(() => work.on('finished' as 'completed', () => {})).toThrow("A queue has no event 'finished'")
    expect(() => work.on('completed', 'log' as never)).toThrow('The listener of on() must be a function')
  })

  test('a task that is defined twice, without a name, or with something else for a handler', () => {
    const work = queue()
    work.task('mail', () => {})
    expect(() => work.task('mail', () => {})).toThrow('The queue "work" has a task "mail" already')
    expect(() => work.task('', () => {})).toThrow('must be a string that is not empty')
    expect(() => work.task('other', {}, 'handler' as never)).toThrow('must be a function')
    expect(() => work.task('other', (() => {}) as never, {} as never)).toThrow(
      'the options come before the handler',
    )
  })
})
