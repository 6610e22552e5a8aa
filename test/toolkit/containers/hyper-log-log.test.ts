import { expect, it } from 'vitest'
import { describeEveryKit, reason } from '../every-kit.ts'

describeEveryKit('HyperLogLog', (at) => {
  const open = (name: string) => at.kit().hyperLogLog(`{shop}:${name}`)

  it('counts different values, alone and with others', async () => {
    const a = open('a')
    const b = open('b')
    expect(await a.size()).toBe(0)
    expect(await a.add(...Array.from({ length: 100 }, (_, n) => n))).toBe(true)
    expect(await a.add(1, 2, 3)).toBe(false)
    expect(await a.add()).toBe(false)
    expect(Math.abs((await a.size()) - 100)).toBeLessThan(5)
    await b.add(99, 100, 101)
    expect(Math.abs((await a.size(b)) - 102)).toBeLessThan(5)
    const c = await a.mergeTo(open('c'), b)
    expect(await c.size()).toBe(await a.size(b))
    expect(await b.merge(a)).toBe(b)
    expect(await b.size()).toBe(await c.size())
  })

  it('refuses a key of another type', async () => {
    await at.redis.call('SET', ['{shop}:a', 'x'])
    await expect(open('a').add(1)).rejects.toThrow('something else than a HyperLogLog')
    await expect(open('a').add(1)).rejects.toEqual(reason('wrong-type'))
  })
})
