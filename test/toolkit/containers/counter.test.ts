import { expect, it } from 'vitest'
import { describeEveryKit, reason } from '../every-kit.ts'

describeEveryKit('Counter', (at) => {
  it('counts up and down from 0', async () => {
    const kit = at.kit({ prefix: 'shop:' })
    const counter = kit.counter('views')
    expect(await counter.get()).toBe(0)
    expect(await counter.exists()).toBe(false)
    expect(await counter.increment()).toBe(1)
    expect(await counter.increment(3)).toBe(4)
    const other = kit.counter('other')
    await other.set(7)
    expect((await counter.get()) + (await other.get())).toBe(11)
    expect(await counter.get()).toBe(4)
    expect(await counter.decrement(2)).toBe(2)
    expect(await counter.decrement(5)).toBe(-3)
    expect(await at.redis.call('GET', ['shop:views'])).toBe('-3')
  })

  it('keeps its life when it is set', async () => {
    const counter = at.kit().counter('views')
    await counter.set(1)
    await counter.expire('1h')
    await counter.set(5)
    expect(await counter.ttl()).toBeLessThanOrEqual(3_600_000)
    expect(await counter.clear()).toBe(true)
    expect(await counter.get()).toBe(0)
  })

  it('loses none of 10,000 steps of 100 callers', async () => {
    const counter = at.kit().counter('views')
    await Promise.all(
      Array.from({ length: 100 }, async () => {
        for (let n = 0; n < 100; n++) await counter.increment()
      }),
    )
    expect(await counter.get()).toBe(10_000)
  })

  it('refuses fractions, and what is no number', async () => {
    const counter = at.kit().counter('views')
    await expect(counter.increment(0.5)).rejects.toThrow('must be a whole number; got 0.5')
    await expect(counter.set('7' as never)).rejects.toThrow('must be a whole number')
    await at.redis.call('SET', ['views', 'many'])
    await expect(counter.increment()).rejects.toEqual(reason('not-a-number'))
    await expect(counter.get()).rejects.toEqual(reason('not-a-number'))
    await at.redis.call('DEL', ['views'])
    await at.redis.call('RPUSH', ['views', 'x'])
    await expect(counter.increment()).rejects.toThrow('something else than a counter')
  })
})
