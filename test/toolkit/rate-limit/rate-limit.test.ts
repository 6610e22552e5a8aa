import { OptionError, RateLimitError } from 'onetrip'
import type { RateLimit, RateLimitOptions } from 'onetrip/toolkit'
import { expect, test } from 'vitest'
import { describeRedis, onlyOnRedis } from '../../helpers/redis-server.ts'
import { useKits } from '../kit-fixture.ts'

const MINUTE = 60_000
const ALGORITHMS = ['sliding-window', 'fixed-window', 'token-bucket'] as const

/** Takes once after the other. */
async function takeAll(limit: RateLimit, key: string, times: number): Promise<boolean[]> {
  const answers: boolean[] = []
  for (let n = 0; n < times; n++) answers.push((await limit.take(key)).allowed)
  return answers
}

const passed = (answers: readonly boolean[]) => answers.filter((one) => one).length

describeRedis('a rate limit', () => {
  const { server, kit, client } = useKits()
  const keys = () => server().admin.keys('*')
  const onlyKey = async () => {
    const all = await keys()
    expect(all).toHaveLength(1)
    return all[0] as string
  }
  const slow = (options: Partial<RateLimitOptions> = {}) =>
    kit().rateLimit('r', { limit: 5, per: '1h', ...options })

  test.each(ALGORITHMS)(
    'lets five pass and refuses three, and another key passes (%s)',
    async (algorithm) => {
      const limit = slow({ algorithm })
      expect(await takeAll(limit, 'a', 8)).toEqual([true, true, true, true, true, false, false, false])
      expect(await takeAll(limit, 'b', 1)).toEqual([true])
    },
  )

  test.each(ALGORITHMS)('says what remains, and when (%s)', async (algorithm) => {
    const limit = slow({ limit: 2, algorithm })
    expect(await limit.peek('a')).toEqual({
      allowed: true,
      limit: 2,
      remaining: 2,
      resetAfter: 0,
      retryAfter: 0,
    })
    expect(await limit.take('a')).toMatchObject({ allowed: true, remaining: 1, retryAfter: 0 })
    expect(await limit.take('a')).toMatchObject({ allowed: true, remaining: 0, retryAfter: 0 })
    const refused = await limit.take('a')
    expect(refused).toMatchObject({ allowed: false, limit: 2, remaining: 0 })
    // The next token comes after half of the period.
    const until = algorithm === 'token-bucket' ? 30 * MINUTE : 60 * MINUTE
    expect(refused.retryAfter).toBeGreaterThan(until - 15 * MINUTE)
    expect(refused.retryAfter).toBeLessThanOrEqual(until)
    expect(refused.resetAfter).toBeLessThanOrEqual(refused.retryAfter)
  })

  test.each(ALGORITHMS)(
    'gives each key a life from the period, at the first event too (%s)',
    async (algorithm) => {
      const limit = slow({ algorithm })
      await limit.take('a')
      const key = await onlyKey()
      const whole = algorithm === 'token-bucket' ? 12 * MINUTE : 60 * MINUTE
      const life = await server().admin.pttl(key)
      expect(life).toBeGreaterThan(whole - 10 * MINUTE)
      expect(life).toBeLessThanOrEqual(whole)
      await takeAll(limit, 'a', 7)
      expect(await server().admin.pttl(key)).toBeGreaterThan(whole - 10 * MINUTE)
      expect(await server().admin.pttl(key)).toBeLessThanOrEqual(60 * MINUTE)
    },
  )

  test.each(ALGORITHMS)(
    'refuses for the whole period also where the limit is one (%s)',
    async (algorithm) => {
      const limit = slow({ limit: 1, algorithm })
      await limit.take('a')
      const { retryAfter } = await limit.take('a')
      // The life must not come from the limit: that would be a second.
      expect(retryAfter).toBeGreaterThan(50 * MINUTE)
      expect(await server().admin.pttl(await onlyKey())).toBeGreaterThan(50 * MINUTE)
    },
  )

  test.each(ALGORITHMS)('counts 100 clients at once exactly (%s)', async (algorithm) => {
    const limits = Array.from({ length: 100 }, () =>
      kit().rateLimit('r', { limit: 37, per: '1h', algorithm }),
    )
    const answers = await Promise.all(limits.flatMap((limit) => [limit.take('a'), limit.take('a')]))
    expect(passed(answers.map(({ allowed }) => allowed))).toBe(37)
    const left = answers.filter(({ allowed }) => allowed).map(({ remaining }) => remaining)
    expect(left.sort((a, b) => a - b)).toEqual(Array.from({ length: 37 }, (_, n) => n))
  })

  test.each(ALGORITHMS)('takes a cost, which counts in full or not at all (%s)', async (algorithm) => {
    const limit = slow({ algorithm })
    expect(await limit.take('a', { cost: 3 })).toMatchObject({ allowed: true, remaining: 2 })
    expect(await limit.take('a', { cost: 3 })).toMatchObject({ allowed: false, remaining: 2 })
    expect(await limit.peek('a', { cost: 2 })).toMatchObject({ allowed: true, remaining: 2 })
    expect(await limit.take('a', { cost: 2 })).toMatchObject({ allowed: true, remaining: 0 })
    await expect(limit.take('a', { cost: 6 })).rejects.toThrow('the cost is 6: it must be at most 5')
    for (const cost of [0, -1, 1.5, Number.NaN, '1' as never])
      await expect(limit.take('a', { cost })).rejects.toThrow('must be a whole number of at least 1')
  })

  test.each(ALGORITHMS)('forgets a key (%s)', async (algorithm) => {
    const limit = slow({ limit: 1, algorithm })
    await takeAll(limit, 'a', 2)
    expect(await limit.reset('a')).toBe(true)
    expect(await limit.reset('a')).toBe(false)
    expect(await limit.take('a')).toMatchObject({ allowed: true })
  })

  test.each(ALGORITHMS)('asks the server once for each call (%s)', async (algorithm) => {
    const redis = client()
    const limit = slow({ algorithm })
    await limit.take('a')
    await limit.peek('a')
    await redis.ping()
    await server().resetStats()
    await limit.take('a')
    await limit.peek('a')
    expect(await server().commandStats()).toMatchObject({ evalsha: 2, time: 2 })
  })

  test.each(ALGORITHMS)('writes nothing for what it refuses, or only looks at (%s)', async (algorithm) => {
    const limit = slow({ limit: 1, algorithm })
    await limit.peek('a')
    expect(await keys()).toEqual([])
    await limit.take('a')
    const key = await onlyKey()
    const before = await server().admin.dump(key)
    await limit.take('a')
    await limit.peek('a')
    expect(await server().admin.dump(key)).toEqual(before)
  })

  test('of two in a period lets the first two pass, and not the third', async () => {
    const limit = kit().rateLimit('r', { limit: 2, per: '1h' })
    const answers = [await limit.take('a'), await limit.take('a'), await limit.take('a')]
    expect(answers.map(({ allowed }) => allowed)).toEqual([true, true, false])
  })

  test('a sliding window: with two recent ones the third passes and the fourth does not', async () => {
    const limit = slow({ limit: 3 })
    await takeAll(limit, 'a', 2)
    expect(await takeAll(limit, 'a', 2)).toEqual([true, false])
    const key = await onlyKey()

    // The oldest leaves the window.
    await age(key, 0, 61 * MINUTE)
    expect(await limit.peek('a')).toMatchObject({ allowed: true, remaining: 1 })
    expect(await takeAll(limit, 'a', 2)).toEqual([true, false])
    expect(await server().admin.llen(key)).toBe(3)

    // Two leave it.
    await age(key, 0, 61 * MINUTE)
    await age(key, 1, 61 * MINUTE)
    expect(await takeAll(limit, 'a', 3)).toEqual([true, true, false])
    expect(await server().admin.llen(key)).toBe(3)
  })

  test('a sliding window says when enough has left it for a cost', async () => {
    const limit = slow({ limit: 3 })
    await takeAll(limit, 'a', 3)
    const key = await onlyKey()
    await age(key, 0, 50 * MINUTE)
    await age(key, 1, 30 * MINUTE)
    const one = await limit.peek('a')
    const two = await limit.peek('a', { cost: 2 })
    expect(Math.round(one.retryAfter / (5 * MINUTE))).toBe(2)
    expect(Math.round(two.retryAfter / (5 * MINUTE))).toBe(6)
    expect(two.resetAfter).toBeLessThanOrEqual(one.retryAfter)
  })

  onlyOnRedis('lists of small integers in 13 bytes each')(
    'a sliding window never has more entries than its limit, however many leave at once',
    async () => {
      const limit = slow({ limit: 2_500 })
      await limit.take('a', { cost: 2_500 })
      expect(await limit.take('a')).toMatchObject({ allowed: false, remaining: 0 })
      const key = await onlyKey()
      expect(await server().admin.llen(key)).toBe(2_500)
      const memory = (await server().admin.memory('USAGE', key, 'SAMPLES', 0)) ?? 0
      expect(memory / 2_500).toBeLessThan(13)
      const at = Number(await server().admin.lindex(key, 0))
      const old = Array.from({ length: 2_499 }, () => at - 61 * MINUTE)
      await server()
        .admin.multi()
        .ltrim(key, -1, -1)
        .lpush(key, ...old)
        .exec()
      expect(await limit.take('a', { cost: 2_499 })).toMatchObject({ allowed: true, remaining: 0 })
      expect(await server().admin.llen(key)).toBe(2_500)
    },
  )

  test('a sliding window that was lowered keeps refusing until it is below its limit', async () => {
    await slow({ limit: 10 }).take('a', { cost: 8 })
    expect(await slow({ limit: 5 }).take('a')).toMatchObject({ allowed: false, remaining: 0 })
  })

  test('a sliding window begins anew where the clock was set back by more than its period', async () => {
    const limit = slow({ limit: 1 })
    await limit.take('a')
    const key = await onlyKey()
    await age(key, 0, -30 * MINUTE)
    expect(await limit.take('a')).toMatchObject({ allowed: false })
    await age(key, 0, -61 * MINUTE)
    expect(await limit.take('a')).toMatchObject({ allowed: true })
    expect(await limit.take('a')).toMatchObject({ allowed: false })
  })

  test('a fixed window ends for all of its events at once', async () => {
    const limit = slow({ limit: 2, algorithm: 'fixed-window' })
    await takeAll(limit, 'a', 3)
    await server().admin.pexpire(await onlyKey(), 1)
    await expect.poll(keys).toEqual([])
    expect(await takeAll(limit, 'a', 3)).toEqual([true, true, false])
  })

  test('a fixed window whose life was taken, or is too long, ends after the period', async () => {
    const limit = slow({ limit: 1, algorithm: 'fixed-window' })
    await limit.take('a')
    const key = await onlyKey()
    await server().admin.persist(key)
    expect(await limit.take('a')).toMatchObject({ allowed: false, retryAfter: 60 * MINUTE })
    expect(await server().admin.pttl(key)).toBeGreaterThan(0)
    await server().admin.pexpire(key, 600 * MINUTE)
    await limit.take('a')
    expect(await server().admin.pttl(key)).toBeLessThanOrEqual(60 * MINUTE)
  })

  test('a token bucket gives its burst at once, then one token at a time', async () => {
    const limit = slow({ limit: 6, burst: 3, algorithm: 'token-bucket' })
    expect(await takeAll(limit, 'a', 4)).toEqual([true, true, true, false])
    const key = await onlyKey()
    await emptyFor(key, 10 * MINUTE)
    expect(await takeAll(limit, 'a', 2)).toEqual([true, false])
    await emptyFor(key, 21 * MINUTE)
    expect(await takeAll(limit, 'a', 3)).toEqual([true, true, false])
    // It is never more than full.
    await emptyFor(key, 600 * MINUTE)
    expect(await takeAll(limit, 'a', 4)).toEqual([true, true, true, false])
  })

  test('a token bucket loses nothing to rounding where the period is no multiple of the limit', async () => {
    for (const [limit, per] of [
      [7, 3_600_000],
      [997, 86_400_000],
      [3, 3_600_001],
    ] as const) {
      const bucket = kit().rateLimit(`of ${limit}`, { limit, per, algorithm: 'token-bucket' })
      const first = await bucket.take('a', { cost: limit })
      expect(first).toMatchObject({ allowed: true, remaining: 0 })
      expect(first.resetAfter).toBe(Math.ceil(per / limit))
    }
  })

  test('keeps names and keys apart, also with colons, braces, and an algorithm that changed', async () => {
    const one = kit().rateLimit('a', { limit: 1, per: '1h' })
    const two = kit().rateLimit('a:sliding-window', { limit: 1, per: '1h' })
    const three = kit().rateLimit('a', { limit: 1, per: '1h', algorithm: 'fixed-window' })
    const four = kit({ prefix: 'other:' }).rateLimit('a', { limit: 1, per: '1h' })
    for (const limit of [one, two, three, four])
      for (const key of ['b', 'sliding-window:b', '{b}', '::', 'ä\u0000'])
        expect(await takeAll(limit, key, 2), key).toEqual([true, false])
  })

  test('stores a long key as its hash, which no other key equals', async () => {
    const limit = slow({ limit: 1 })
    const long = 'x'.repeat(1_000_000)
    expect(await takeAll(limit, long, 2)).toEqual([true, false])
    const [key = ''] = await keys()
    expect(key.length).toBeLessThan(100)
    expect(await takeAll(limit, `${long}y`, 1)).toEqual([true])
    expect(await takeAll(limit, key.slice(key.indexOf('#')), 1)).toEqual([true])
  })

  test('refuses what is no cost, and counts nothing', async () => {
    const limit = slow()
    for (const options of [3, { costs: 3 }, null, [3], { cost: 0 }, { cost: 1.5 }, { cost: Infinity }])
      await expect(limit.take('a', options as never)).rejects.toThrow(OptionError)
    await expect(limit.run('a', 'fn' as never)).rejects.toThrow("run: 'fn' is not a function")
    expect(await keys()).toEqual([])
  })

  test('refuses a key that is missing or empty', async () => {
    const limit = slow()
    for (const key of ['', undefined, null, 7, {}])
      await expect(limit.take(key as never)).rejects.toThrow('the key must be a string that is not empty')
  })

  test('calls a function only if it is allowed, and says when to try again', async () => {
    const limit = slow({ limit: 1 })
    expect(await limit.run('a', () => 'done')).toBe('done')
    const error = await limit.run('a', () => expect.unreachable()).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(RateLimitError)
    expect(error).toMatchObject({ code: 'ERR_ONETRIP_RATE_LIMIT', statusCode: 429 })
    expect((error as RateLimitError).retryAfter).toBeGreaterThan(50 * MINUTE)
  })

  test('wraps a function by a key that its arguments make, and keeps this', async () => {
    const limit = slow({ limit: 2 })
    const account = {
      greeting: 'Hello',
      greet: limit.wrap(
        async function (this: { greeting: string }, name: string) {
          if (name === 'nobody') throw new Error('no such user')
          return `${this.greeting} ${name}`
        },
        { key: (name) => name },
      ),
    }
    expect(await account.greet('Ann')).toBe('Hello Ann')
    expect(await account.greet('Ann')).toBe('Hello Ann')
    await expect(account.greet('Ann')).rejects.toThrow(RateLimitError)
    // A call that fails was allowed, and counts.
    await expect(account.greet('nobody')).rejects.toThrow('no such user')
    await expect(account.greet('nobody')).rejects.toThrow('no such user')
    await expect(account.greet('nobody')).rejects.toThrow(RateLimitError)
    expect(() => limit.wrap(null as never, { key: () => 'a' })).toThrow('null is not a function')
    expect(() => limit.wrap(() => 1, {} as never)).toThrow('wrap takes { key }')
  })

  test('rejects after close, and where another program has the key', async () => {
    const own = kit()
    const limit = own.rateLimit('r', { limit: 1, per: '1h' })
    await limit.take('a')
    const key = await onlyKey()
    await server().admin.multi().del(key).set(key, 'else').exec()
    await expect(limit.take('a')).rejects.toMatchObject({ code: 'ERR_ONETRIP_STORE' })
    await own.close()
    await expect(limit.take('a')).rejects.toMatchObject({ code: 'ERR_ONETRIP_CLOSED' })
  })

  test('ends its wait by a signal', async () => {
    const limit = slow()
    await expect(limit.take('a', { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow(
      'enough',
    )
    server().pause()
    const controller = new AbortController()
    const taken = limit.take('a', { signal: controller.signal })
    controller.abort(new Error('left'))
    await expect(taken).rejects.toThrow('left')
    server().resume()
  })

  test.each([
    [{}, 'limit must be a whole number'],
    [{ limit: 0, per: '1m' }, 'limit must be a whole number'],
    [{ limit: 1.5, per: '1m' }, 'limit must be a whole number'],
    [{ limit: Number.POSITIVE_INFINITY, per: '1m' }, 'limit must be a whole number'],
    [{ limit: 5 }, 'per is undefined'],
    [{ limit: 5, per: 0 }, 'per is 0'],
    [{ limit: 5, per: 'minute' }, "per is 'minute'"],
    [{ limit: 5, per: '400d' }, 'at most 366 days'],
    [{ points: 5, per: '1m' }, 'did you mean "limit"?'],
    [{ limit: 5, windowMs: 1 }, 'did you mean "per"?'],
    [{ limit: 5, per: '1m', algorithm: 'leaky' }, "'sliding-window', 'fixed-window' or 'token-bucket'"],
    [{ limit: 5, per: '1m', burst: 5 }, "burst needs algorithm: 'token-bucket'"],
    [{ limit: 200_000, per: '1m' }, 'must be at most 100000'],
    [{ limit: 10_000_000, per: '300d', algorithm: 'token-bucket' }, 'use a shorter period'],
    [5, "takes an object such as { limit: 5, per: '1m' }"],
  ])('refuses the options %j', (options, message) => {
    expect(() => kit().rateLimit('r', options as never)).toThrow(message)
  })

  test('refuses a name that is missing or empty', () => {
    for (const name of ['', undefined, 5])
      expect(() => kit().rateLimit(name as never, { limit: 5, per: '1m' })).toThrow(
        'the name must be a string',
      )
  })

  /** Makes an entry of a window older, as it is after a time. */
  async function age(key: string, index: number, by: number): Promise<void> {
    const at = Number(await server().admin.lindex(key, index))
    await server().admin.lset(key, index, at - by)
  }

  /** Makes the last event of a bucket older. */
  async function emptyFor(key: string, by: number): Promise<void> {
    const [missing, at] = String(await server().admin.get(key))
      .split(' ')
      .map(Number)
    await server().admin.set(key, `${missing} ${(at as number) - by}`, 'KEEPTTL')
  }
})
