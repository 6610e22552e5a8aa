import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, expect, test } from 'vitest'
import { startModule } from '../../helpers/child-process.ts'
import { describeRedis } from '../../helpers/redis-server.ts'
import { useKits } from '../kit-fixture.ts'

describeRedis('a lock whose holder is killed', () => {
  const { server, kit } = useKits()
  const children: ChildProcess[] = []
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
  })

  async function startHolder(options: object): Promise<{ child: ChildProcess; said: { fence?: number }[] }> {
    const module = new URL('holder-process.js', import.meta.url)
    const child = startModule(module, [server().url, JSON.stringify(options)])
    children.push(child)
    const said: { fence?: number }[] = []
    child.on('message', (message) => said.push(message as { fence?: number }))
    await expect.poll(() => said.length).toBeGreaterThan(0)
    return { child, said }
  }

  test.each([false, true])('goes to one that waits when its life ends (fair: %s)', async (fair) => {
    const options = { fair, ttl: '5s', wait: '10m' }
    const { child, said } = await startHolder(options)
    const lock = kit().lock('a', options)
    let owner = 'the holder'
    const waiting = lock.acquire().then((lease) => {
      owner = 'the waiter'
      return lease
    })
    // It is renewed while its holder lives: its life is longer than it was.
    await server().admin.pexpire('lock:{a}', 3_000)
    await expect.poll(() => server().admin.pttl('lock:{a}')).toBeGreaterThan(3_000)
    expect([owner, said.length]).toEqual(['the holder', 1])

    child.kill('SIGKILL')
    await once(child, 'exit')
    const lease = await waiting
    expect(lease.held).toBe(true)
    expect(lease.fence).toBeGreaterThan(said[0]?.fence as number)
    expect(await lease.release()).toBe(true)
  })

  test('is held once at a time by those that are left, in a queue of which one is killed', async () => {
    const options = { fair: true, ttl: '2s', wait: '10m' }
    const first = await kit().lock('a', options).acquire()
    // The second in the queue is a process that never comes to its turn.
    const module = new URL('holder-process.js', import.meta.url)
    const child = startModule(module, [server().url, JSON.stringify(options)])
    children.push(child)
    await expect.poll(() => server().admin.zcard('lock:{a}:queue')).toBe(1)
    const third = kit().lock('a', options).acquire()
    await expect.poll(() => server().admin.zcard('lock:{a}:queue')).toBe(2)
    child.kill('SIGKILL')
    await once(child, 'exit')
    await first.release()
    const lease = await third
    expect(lease.held).toBe(true)
    await lease.release()
  })
})
