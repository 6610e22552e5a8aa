import { LockError } from 'onetrip'
import type { Lease, LockOptions } from 'onetrip/toolkit'
import { expect, test } from 'vitest'
import { deferred } from '../../helpers/deferred.ts'
import { describeRedis, onlyOnRedis } from '../../helpers/redis-server.ts'
import { useKits } from '../kit-fixture.ts'

const ttl = '10m'
const wait = '10m'

const reasonOf = (error: unknown) => (error instanceof LockError ? error.reason : error)
const failure = (promise: Promise<unknown>) => promise.catch((error: unknown) => error)

describeRedis('a lock', () => {
  const { server, kit } = useKits()
  const lockOf = (options: LockOptions = {}, name = 'a') => kit().lock(name, { ttl, wait, ...options })
  const held = async () => (await server().admin.exists('lock:{a}')) === 1
  /** Waits until so many have their place in the queue of a fair lock. */
  const queued = (count: number) => expect.poll(() => server().admin.zcard('lock:{a}:queue')).toBe(count)

  test('is apart from those of other names and other prefixes', async () => {
    const own = kit()
    const other = kit({ prefix: 'p:' })
    const leases = [
      await own.lock('a').tryAcquire(),
      await own.lock('b').tryAcquire(),
      await other.lock('a').tryAcquire(),
    ]
    expect(leases.map((lease) => lease?.held)).toEqual([true, true, true])
    expect(new Set(leases.map((lease) => lease?.token)).size).toBe(3)
  })

  test.each([false, true])(
    'is held by one at a time, and by the same one only once (fair: %s)',
    async (fair) => {
      const one = lockOf({ fair })
      const two = lockOf({ fair })
      const lease = await one.acquire()
      expect(await two.tryAcquire()).toBeUndefined()
      expect(await one.tryAcquire()).toBeUndefined()
      expect(await lease.release()).toBe(true)
      expect(lease.held).toBe(false)
      expect(await two.tryAcquire()).toBeDefined()
    },
  )

  test('is released by its holder only, and once', async () => {
    const first = await lockOf().acquire()
    await server().admin.del('lock:{a}')
    const second = await lockOf().acquire()
    expect(await first.release()).toBe(false)
    expect(await first.release()).toBe(false)
    expect(second.held).toBe(true)
    expect(await second.extend(ttl)).toBe(true)
    expect(await second.release()).toBe(true)
    expect(await second.release()).toBe(false)
  })

  test.each([false, true])('goes to one that waits as soon as it is released (fair: %s)', async (fair) => {
    const first = await lockOf({ fair }).acquire()
    const second = lockOf({ fair }).acquire()
    const third = lockOf({ fair }).acquire()
    await listening(2)
    expect(await first.release()).toBe(true)
    const lease = await Promise.race([second, third])
    await lease.release()
    const leases = await Promise.all([second, third])
    expect(leases.map((one) => one.fence)).not.toContain(first.fence)
    await Promise.all(leases.map((one) => one.release()))
    expect(await held()).toBe(false)
  })

  test.each([false, true])(
    'goes to one that waits when the ttl of a dead holder ends (fair: %s)',
    async (fair) => {
      // Nobody renews this one, and nobody announces its end. Its ttl is below a second.
      await server().admin.set('lock:{a}', 'a dead holder', 'PX', 300)
      const lease = await lockOf({ fair, ttl: 500 }).acquire()
      expect(lease.held).toBe(true)
    },
  )

  test('has higher fencing numbers from holder to holder, also when all data are lost', async () => {
    const lock = lockOf()
    const fences: number[] = []
    for (let n = 0; n < 5; n++) {
      const lease = await lock.acquire()
      fences.push(lease.fence)
      await lease.release()
      if (n === 2) await server().admin.flushall()
    }
    expect(fences.every(Number.isSafeInteger)).toBe(true)
    expect([...new Set(fences)].sort((a, b) => a - b)).toEqual(fences)
    // A clock that is set back does not set them back.
    await server().admin.set('lock:{a}:fence', 2 ** 52)
    expect((await lock.acquire()).fence).toBe(2 ** 52 + 1)
  })

  test.each([false, true])('ends a wait after its bound, and says so (fair: %s)', async (fair) => {
    const holder = await lockOf({ fair }).acquire()
    const lock = lockOf({ fair, wait: 30 })
    const error = await failure(lock.acquire())
    expect(reasonOf(error)).toBe('timeout')
    expect(error).toMatchObject({
      code: 'ERR_ONETRIP_LOCK',
      message: 'The lock "a" was not free within 30 ms',
    })
    expect(reasonOf(await failure(lock.acquire({ wait: '20ms' })))).toBe('timeout')
    if (fair) await queued(0)
    expect(await holder.release()).toBe(true)
    // None of those that gave up has it now.
    expect((await lock.acquire({ wait })).held).toBe(true)
  })

  test.each([false, true])('ends a wait by a signal (fair: %s)', async (fair) => {
    const holder = await lockOf({ fair }).acquire()
    const own = kit()
    const lock = own.lock('a', { fair, wait, ttl })
    const controller = new AbortController()
    const waiting = lock.acquire({ signal: controller.signal })
    if (fair) await queued(1)
    controller.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
    await expect(lock.acquire({ signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow('before')
    await holder.release()
    expect((await lock.acquire()).held).toBe(true)
  })

  test('of which many wait in one process needs one connection more', async () => {
    const own = kit()
    const lock = own.lock('a', { ttl, wait })
    const holder = await lock.acquire()
    const before = await clients()
    const waiting = Array.from({ length: 100 }, () => lock.acquire())
    const others = Array.from({ length: 20 }, (_, n) => own.lock(`b${n}`, { ttl, wait }))
    const leases = await Promise.all(others.map((one) => one.acquire()))
    const othersWaiting = others.map((one) => one.acquire())
    await listening(21)
    expect(await clients()).toBe(before + 1)
    await Promise.all([holder, ...leases].map((lease) => lease.release()))
    for (const next of waiting) await (await next).release()
    await Promise.all(othersWaiting.map(async (next) => (await next).release()))
  })

  test('asks the server once for each release, however many wait', async () => {
    const lock = lockOf()
    const holder = await lock.acquire()
    const waiting = Array.from({ length: 100 }, () => lock.acquire())
    await listening(1)
    await server().resetStats()
    await holder.release()
    for (const next of waiting) await (await next).release()
    const { evalsha = 0 } = await server().commandStats()
    // A release and a question for each, and few that find it taken.
    expect(evalsha).toBeLessThan(300)
  })

  test.each([false, true])(
    'has one holder at a time among 100 clients that wait (fair: %s)',
    async (fair) => {
      const { admin } = server()
      let inside = 0
      const seen: number[] = []
      const fences: number[] = []
      const add = async (lease: Lease) => {
        seen.push(++inside)
        fences.push(lease.fence)
        // Not atomic: a second holder would lose one of them.
        const count = Number(await admin.get('count'))
        await admin.set('count', count + 1)
        inside--
      }
      const locks = Array.from({ length: 100 }, () => lockOf({ fair }))
      await Promise.all(locks.map((lock) => lock.run((_, lease) => add(lease))))
      expect(await admin.get('count')).toBe('100')
      expect(new Set(seen)).toEqual(new Set([1]))
      expect([...fences].sort((a, b) => a - b)).toEqual(fences)
      await expect.poll(() => admin.keys('lock:*')).toEqual(['lock:{a}:fence'])
    },
  )

  test('that is fair goes to those that wait in the order of asking, over all processes', async () => {
    const locks = Array.from({ length: 3 }, () => lockOf({ fair: true }))
    const holder = await lockOf({ fair: true }).acquire()
    const order: number[] = []
    const runs: Promise<unknown>[] = []
    for (let n = 0; n < 12; n++) {
      runs.push(locks[n % 3]?.run(() => order.push(n)) as Promise<unknown>)
      await queued(n + 1)
    }
    // One that only tries does not overtake them.
    await server().admin.del('lock:{a}')
    const tried = await lockOf({ fair: true }).tryAcquire()
    expect(tried).toBeUndefined()
    await holder.release()
    await Promise.all(runs)
    expect(order).toEqual(Array.from({ length: 12 }, (_, n) => n))
  })

  test('that is fair drops those that died while they waited, and gives their places on', async () => {
    const { admin } = server()
    const holder = await lockOf({ fair: true }).acquire()
    const own = kit()
    const waiting = failure(own.lock('a', { ttl, wait, fair: true }).acquire())
    await queued(1)
    await own.close()
    expect(await waiting).toMatchObject({ code: 'ERR_ONETRIP_CLOSED' })
    const next = lockOf({ fair: true }).acquire()
    await queued(2)
    const [dead = ''] = await admin.zrange('lock:{a}:queue', '0', '0')
    await admin.zadd('lock:{a}:alive', 1, dead)
    await holder.release()
    expect((await next).held).toBe(true)
    expect(await admin.exists('lock:{a}:queue', 'lock:{a}:alive')).toBe(0)
  })

  test('that is fair keeps the keys of its queue for no longer than those that wait live', async () => {
    await lockOf({ fair: true, ttl: '2s' }).acquire()
    const waiting = failure(lockOf({ fair: true, ttl: '2s', wait: '1s' }).acquire())
    await queued(1)
    for (const key of ['lock:{a}:queue', 'lock:{a}:alive'])
      expect(await server().admin.pttl(key)).toBeGreaterThan(0)
    expect(reasonOf(await waiting)).toBe('timeout')
  })

  test('lets the process end: all its keys expire', async () => {
    const lock = lockOf({ ttl: '1m' })
    await lock.acquire()
    const [lease, fence] = await Promise.all(
      ['lock:{a}', 'lock:{a}:fence'].map((key) => server().admin.pttl(key)),
    )
    expect(lease).toBeGreaterThan(0)
    expect(lease).toBeLessThanOrEqual(60_000)
    expect(fence).toBeGreaterThan(60_000)
  })

  test('is taken from its holder by clear', async () => {
    const lease = await lockOf({ ttl: 90 }).acquire()
    const next = lockOf({ ttl: '1m' }).acquire()
    await listening(1)
    expect(await lockOf().clear()).toBe(true)
    expect((await next).held).toBe(true)
    await expect.poll(() => lease.signal.aborted).toBe(true)
    expect(reasonOf(lease.signal.reason)).toBe('lost')
    expect(await lockOf({}, 'free').clear()).toBe(false)
  })

  test('is released by run when its function returns, throws or rejects', async () => {
    const lock = lockOf()
    expect(await lock.run(() => 'done')).toBe('done')
    expect(await held()).toBe(false)
    const thrower = () => {
      throw new Error('thrown')
    }
    await expect(lock.run(thrower)).rejects.toThrow('thrown')
    await expect(lock.run({ wait: '1s' }, async () => Promise.reject(new Error('rejected')))).rejects.toThrow(
      'rejected',
    )
    expect(await held()).toBe(false)
    expect(await lock.run(async () => held())).toBe(true)
  })

  test('wraps functions, and methods as a decorator', async () => {
    const lock = lockOf()
    class Importer {
      source = 'films'
      async import(count: number) {
        if (count < 0) throw new Error('negative')
        return `${count} ${this.source}, ${(await held()) ? 'held' : 'free'}`
      }
    }
    const context = { kind: 'method', name: 'import' }
    const importer = Object.assign(new Importer(), { import: lock.wrap(Importer.prototype.import, context) })
    expect(await importer.import(3)).toBe('3 films, held')
    await expect(importer.import(-1)).rejects.toThrow('negative')
    expect(await held()).toBe(false)
    expect(() => lock.wrap('no function' as never)).toThrow('is not a function')
  })

  test('is released at the end of a block by its disposal, which never throws', async () => {
    const lock = lockOf()
    const lease = await lock.acquire()
    await lease[Symbol.asyncDispose]()
    expect(await held()).toBe(false)
    const sync = await lock.acquire()
    sync[Symbol.dispose]()
    await expect.poll(held).toBe(false)
    const lost = await lock.acquire()
    await server().admin.del('lock:{a}')
    await lost[Symbol.asyncDispose]()
  })

  test('rejects those that wait, and later calls, at close', async () => {
    await lockOf().acquire()
    const own = kit()
    const lock = own.lock('a', { ttl, wait })
    const waiting = [failure(lock.acquire()), failure(lock.acquire())]
    await listening(1)
    await own.close()
    for (const error of await Promise.all(waiting))
      expect(error).toMatchObject({ code: 'ERR_ONETRIP_CLOSED' })
    for (const call of [
      () => lock.acquire(),
      () => lock.tryAcquire(),
      () => lock.run(() => 1),
      () => lock.clear(),
    ])
      await expect(call()).rejects.toMatchObject({ code: 'ERR_ONETRIP_CLOSED' })
  })

  test.each([
    [{ ttl: 0 }, 'ttl is 0'],
    [{ ttl: 10 }, 'ttl must be at least 30 ms'],
    [{ ttl: '30d' }, 'at most 24 days'],
    [{ wait: 'long' }, "wait is 'long'"],
    [{ wait: Number.POSITIVE_INFINITY }, 'wait is Infinity'],
    [{ fair: 'yes' }, 'fair must be true or false'],
    [{ renew: 1 }, 'renew must be true or false'],
    [{ timeout: 5 }, 'did you mean "wait"?'],
    [5, 'takes an object of options'],
  ])('refuses the options %j', async (options, message) => {
    expect(() => kit().lock('a', options as never)).toThrow(message)
  })

  test('refuses a wrong name, and wrong arguments of its methods', async () => {
    for (const name of ['', undefined, 'a{b}']) expect(() => kit().lock(name as never)).toThrow('lock')
    const lock = lockOf()
    await expect(lock.acquire({ ttl: 5 } as never)).rejects.toThrow('has no option "ttl"')
    await expect(lock.acquire(5 as never)).rejects.toThrow('takes an object of options')
    await expect(lock.run({} as never)).rejects.toThrow('undefined is not a function')
    const lease = await lock.acquire()
    await expect(lease.extend(0)).rejects.toThrow('ttl is 0')
  })

  onlyOnRedis('ACL')('waits though it may not listen: it asks again when the ttl ends', async () => {
    const { admin } = server()
    await admin.call('ACL', 'SETUSER', 'quiet', 'on', '>secret', '~*', '+@all', 'resetchannels')
    const { toolkit } = await import('onetrip/toolkit')
    const own = toolkit(`redis://quiet:secret@127.0.0.1:${server().port}`)
    const lock = own.lock('a', { ttl: 400, wait })
    const first = await lock.acquire()
    const second = lock.acquire()
    const begun = deferred<void>()
    void second.then(() => begun.resolve())
    expect(await first.release()).toBe(true)
    await begun.promise
    expect(await (await second).release()).toBe(true)
    await own.close()
  })

  async function clients(): Promise<number> {
    return String(await server().admin.client('LIST'))
      .trim()
      .split('\n').length
  }

  /** Waits until so many subscriptions are there. */
  async function listening(count: number): Promise<void> {
    const subscribed = async () =>
      String(await server().admin.client('LIST'))
        .split('\n')
        .reduce((sum, line) => sum + Number(/ sub=(\d+)/.exec(line)?.[1] ?? 0), 0)
    await expect.poll(subscribed).toBe(count)
  }
})
