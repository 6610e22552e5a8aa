import { LockError, StoreError } from 'onetrip'
import { expect, test, vi } from 'vitest'
import { CommandClient } from '../../../src/redis/command-client.ts'
import { json } from '../../../src/toolkit/codec/codec.ts'
import { Lock } from '../../../src/toolkit/lock/lock.ts'
import { deferred } from '../../helpers/deferred.ts'
import { describeRedis, onlyOnRedis } from '../../helpers/redis-server.ts'
import { TestClock } from '../../helpers/test-clock.ts'
import { useKits } from '../kit-fixture.ts'

/** Redis' own clock goes on: long enough for a busy machine. */
const TTL = 600_000
/** Rest of it that a test leaves, for a renewal to be seen. */
const REST = 100_000
const KEY = 'lock:{a}'

describeRedis('a lease', () => {
  const { server, kit } = useKits()
  const life = () => server().admin.pttl(KEY)
  const failure = (promise: Promise<unknown>) => promise.catch((error: unknown) => error)

  /** Number of calls that the server refused. */
  const refusals = async () =>
    Number(
      /rejected_calls=(\d+)/.exec(
        /cmdstat_pexpire:.*/.exec(await server().admin.info('commandstats'))?.[0] ?? '',
      )?.[1],
    )

  /** A lock by a clock that stands still until the test moves it. */
  async function withClock(
    options: object,
    run: (lock: Lock, clock: TestClock) => Promise<unknown>,
  ): Promise<void> {
    const clock = new TestClock()
    const client = new CommandClient('The toolkit', 'toolkit', server().url)
    const context = { commands: client, client, prefix: '', codec: json(), clock }
    await run(new Lock(context, 'a', { ttl: TTL, ...options }), clock)
    await client.close()
  }

  test('is renewed by one timer while it is held', () =>
    withClock({}, async (lock, clock) => {
      const lease = await lock.acquire()
      for (let n = 0; n < 10; n++) {
        await server().admin.pexpire(KEY, REST)
        clock.advance(TTL / 3)
        await expect.poll(life).toBeGreaterThan(REST)
        expect(clock.timers).toBe(1)
        expect(lease.held).toBe(true)
      }
      await lease.release()
      expect(clock.timers).toBe(0)
      expect(await life()).toBe(-2)
    }))

  test('is lost after its ttl where it is not renewed', () =>
    withClock({ renew: false }, async (lock, clock) => {
      const lease = await lock.acquire()
      clock.advance(TTL - 1)
      expect(lease.held).toBe(true)
      expect(lease.signal.aborted).toBe(false)
      clock.advance(1)
      expect(lease.held).toBe(false)
      expect(lease.signal.reason).toBeInstanceOf(LockError)
      expect(lease.signal.reason).toMatchObject({ reason: 'lost', code: 'ERR_ONETRIP_LOCK' })
      expect(clock.timers).toBe(0)
      expect(await lease.extend('1m')).toBe(false)
    }))

  test('is lost for a function that kept the process busy for longer than its ttl', () =>
    withClock({}, async (lock, clock) => {
      const busy = lock.run(() => void vi.spyOn(clock, 'now').mockReturnValue(TTL))
      await expect(busy).rejects.toMatchObject({ reason: 'lost' })
    }))

  test('is lost when another has the lock, and leaves that one alone', () =>
    withClock({}, async (lock, clock) => {
      const lease = await lock.acquire()
      await server().admin.set(KEY, 'another')
      clock.advance(TTL / 3)
      await expect.poll(() => lease.signal.aborted).toBe(true)
      expect(lease.held).toBe(false)
      expect(await lease.release()).toBe(false)
      expect(await server().admin.get(KEY)).toBe('another')
    }))

  test('is lost after its ttl, not earlier, where Redis does not answer', () =>
    withClock({}, async (lock, clock) => {
      const lease = await lock.acquire()
      server().pause()
      clock.advance(TTL - 1)
      expect(lease.held).toBe(true)
      clock.advance(1)
      expect(lease.held).toBe(false)
      expect(lease.signal.aborted).toBe(true)
      server().resume()
    }))

  onlyOnRedis('ACL')('is renewed again soon where a renewal failed', () =>
    withClock({}, async (lock, clock) => {
      const lease = await lock.acquire()
      await server().admin.pexpire(KEY, REST)
      await server().admin.call('ACL', 'SETUSER', 'default', '-pexpire')
      clock.advance(TTL / 3)
      await expect.poll(refusals).toBe(1)
      await server().admin.call('ACL', 'SETUSER', 'default', '+pexpire')
      await clock.until(async () => (await life()) > REST, 1)
      expect(lease.held).toBe(true)
      await lease.release()
    }),
  )

  test('is lost at its next renewal where Redis came back without its data', () =>
    withClock({}, async (lock, clock) => {
      const lease = await lock.acquire()
      await server().restart()
      clock.advance(TTL / 3)
      await expect.poll(() => lease.signal.aborted).toBe(true)
    }))

  test('is extended from now on, and a renewal does not shorten it', () =>
    withClock({}, async (lock, clock) => {
      const lease = await lock.acquire()
      expect(await lease.extend('1h')).toBe(true)
      expect(await life()).toBeGreaterThan(50 * 60_000)
      clock.advance(TTL)
      expect(lease.held).toBe(true)
      expect(await lease.extend('1s')).toBe(true)
      expect(await life()).toBeGreaterThan(50 * 60_000)
      await server().admin.pexpire(KEY, REST)
      clock.advance(20 * 60_000)
      await expect.poll(life).toBeGreaterThan(50 * 60_000)
    }))

  test('that was lost fails run, after its function, whose signal aborts', async () => {
    const begun = deferred()
    const lock = kit().lock('a', { ttl: 90 })
    const result = failure(
      lock.run(async (signal, lease) => {
        begun.resolve()
        await expect.poll(() => signal.aborted).toBe(true)
        expect(lease.held).toBe(false)
      }),
    )
    await begun.promise
    await server().admin.del(KEY)
    expect(await result).toMatchObject({ code: 'ERR_ONETRIP_LOCK', reason: 'lost' })
    // An error of the function comes first.
    const failed = failure(
      lock.run(async (signal) => {
        await server().admin.del(KEY)
        await expect.poll(() => signal.aborted).toBe(true)
        throw new Error('of the function')
      }),
    )
    expect(await failed).toMatchObject({ message: 'of the function' })
  })

  test('cannot be released while Redis is down, but its disposal is quiet', async () => {
    const lease = await kit().lock('a').acquire()
    const other = await kit().lock('b').acquire()
    await server().kill()
    await expect(lease.release()).rejects.toThrow(StoreError)
    expect(lease.held).toBe(false)
    await other[Symbol.asyncDispose]()
    await server().restart()
  })

  test('goes on to one that waited while Redis was restarted', async () => {
    const wait = '10m'
    for (const fair of [false, true]) {
      const first = await kit().lock('a', { fair, ttl: '10m' }).acquire()
      const second = kit().lock('a', { fair, ttl: '10m' }).acquire({ wait })
      await expect.poll(async () => String(await server().admin.client('LIST'))).toContain('sub=1')
      await server().restart()
      // The lock was lost with the data.
      expect((await second).held).toBe(true)
      expect(await first.release()).toBe(false)
      await server().admin.flushall()
    }
  })

  test('cannot be had from the beginning where Redis is down, which is no timeout', async () => {
    const lock = kit().lock('a', { wait: '10m' })
    await server().kill()
    const [waited, tried] = await Promise.all([failure(lock.acquire()), failure(lock.tryAcquire())])
    expect(waited).toBeInstanceOf(StoreError)
    expect(tried).toBeInstanceOf(StoreError)
    await server().restart()
    expect((await lock.acquire()).held).toBe(true)
  })

  test('ends the wait in time where Redis goes down meanwhile, and says so', async () => {
    await kit().lock('a', { ttl: '10m' }).acquire()
    const waiting = failure(kit().lock('a', { ttl: '10m' }).acquire({ wait: '9s' }))
    await expect.poll(async () => String(await server().admin.client('LIST'))).toContain('sub=1')
    await server().kill()
    expect(await waiting).toMatchObject({ reason: 'timeout' })
    await server().restart()
  })
})
