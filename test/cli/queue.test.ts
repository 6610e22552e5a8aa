import { TaskQueue } from 'onetrip/queue'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { describeRedis, type RedisServer, startRedis } from '../helpers/redis-server.ts'
import { json, onetrip } from './run-cli.ts'

interface Letters {
  readonly letters: { id: string; name: string; args: unknown[]; error: { message: string } }[]
}

describeRedis('onetrip queue', () => {
  let server: RedisServer
  let env: NodeJS.ProcessEnv
  beforeAll(async () => {
    server = await startRedis()
    env = { ONETRIP_STORE: server.url, ONETRIP_PREFIX: 'shop' }
  })
  afterAll(() => server.stop())

  /** Leaves two dead letters in the queue mail, and a task that waits in images. */
  beforeEach(async () => {
    await server.admin.flushall()
    const mail = new TaskQueue('mail', { redis: server.url, prefix: 'shop' })
    const send = mail.task('send', { retries: 0 }, (to: string) => {
      throw new Error(`no such address: ${to}`)
    })
    const worker = mail.worker()
    const sent = [await send('a@x.org'), await send('b@x.org')]
    await Promise.all(sent.map((handle) => handle.result().catch(() => {})))
    await worker.close()
    await mail.close()
    const images = new TaskQueue('images', { redis: server.url, prefix: 'shop' })
    await images.task<[string], void>('resize')('cat.jpg')
    await images.close()
  })

  it('list finds the queues of a prefix', async () => {
    const { code, stdout } = await onetrip(['queue', 'list'], env)
    expect(code).toBe(0)
    expect(stdout).toMatch(
      /^QUEUE +WAITING +OLDEST +DELAYED +HELD +DEAD +WORKERS +ADDED\/S +DONE\/S +FAILED\/S\n/,
    )
    expect(stdout).toMatch(/^images +1 +\d[\d.]* \w+ +0 +0 +0 +0 /m)
    expect(stdout).toMatch(/^mail +0 +0 +0 +2 +0 /m)
    const { queues } = await json<{ queues: { name: string; dead: number }[] }>(
      ['queue', 'list', 'mail'],
      env,
    )
    expect(queues).toMatchObject([{ name: 'mail', dead: 2 }])
    expect(await onetrip(['queue', 'list', '--prefix', 'other'], env)).toEqual({
      code: 1,
      stdout: '',
      stderr: 'There are no queues with the prefix other.\n',
    })
  })

  it('dead lists dead letters', async () => {
    const { code, stdout } = await onetrip(['queue', 'dead', 'mail'], env)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^FAILED AT +TASK +ID +ATTEMPTS +ERROR\n/)
    expect(stdout).toMatch(/ send +\S+ +1 +Error: no such address: a@x\.org$/m)
    const full = await onetrip(['queue', 'dead', 'mail', '--limit', '1', '--stacks'], env)
    expect(full.stdout).toMatch(
      / send {2}\S+\n {2}\["[ab]@x\.org"\]\n {2}Error: no such address: .@x\.org\n {6}at /,
    )
    expect((await onetrip(['queue', 'dead', 'images'], env)).code).toBe(1)
  })

  it('retry puts them back, by id or all', async () => {
    const { letters } = await json<Letters>(['queue', 'dead', 'mail'], env)
    const [first] = letters
    expect(await onetrip(['queue', 'retry', 'mail', first?.id ?? ''], env)).toEqual({
      code: 0,
      stdout: '1 task of mail will run again.\n',
      stderr: '',
    })
    expect(await json(['queue', 'retry', 'mail', '--all'], env)).toEqual({ retried: 1 })
    expect(await json(['queue', 'list', 'mail'], env)).toMatchObject({
      queues: [{ dead: 0, waiting: { total: 2 } }],
    })
    expect((await onetrip(['queue', 'retry', 'mail', 'nothing'], env)).code).toBe(1)
  })

  it('delete asks, and deletes them', async () => {
    const asked = await onetrip(['queue', 'delete', 'mail', '--all'], env)
    expect([asked.code, asked.stderr]).toEqual([
      2,
      'This deletes 2 dead letters of the queue mail. Give --yes: there is no terminal to ask at.\n',
    ])
    expect(await json(['queue', 'delete', 'mail', '--all', '--yes'], env)).toEqual({ deleted: 2 })
    expect((await onetrip(['queue', 'dead', 'mail'], env)).code).toBe(1)
  })

  it('a wrong command line exits with 2, a Redis that is gone with 3', async () => {
    for (const [args, says] of [
      [['queue', 'retry', 'mail'], 'onetrip queue retry takes ids of dead letters, or --all.'],
      [
        ['queue', 'delete', 'mail', 'x', '--all'],
        'onetrip queue delete takes ids of dead letters, or --all.',
      ],
      [['queue', 'lst'], 'There is no command "queue lst". Did you mean "list"? See onetrip queue --help.'],
      [['queue', 'list', '--store', 'lmdb:./x'], 'This needs a Redis'],
      [['queue'], 'onetrip queue <command> [options]'],
    ] as const) {
      const { code, stderr } = await onetrip(args, env)
      expect([code, stderr]).toEqual([2, expect.stringContaining(says)])
    }
    expect(await onetrip(['queue', 'dead', 'mail', '--store', 'redis://127.0.0.1:1'])).toMatchObject({
      code: 3,
    })
  })
})
