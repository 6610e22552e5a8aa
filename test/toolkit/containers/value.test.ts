import { expect, it } from 'vitest'
import { describeEveryKit } from '../every-kit.ts'

describeEveryKit('Value', (at) => {
  it('sets a value only where there is none, or one', async () => {
    const value = at.kit().value<number>('v')
    expect(await value.set(1, { only: 'present' })).toBe(false)
    expect(await value.set(1, { only: 'absent', ttl: '1h' })).toBe(true)
    expect(await value.set(2, { only: 'absent' })).toBe(false)
    expect(await value.ttl()).toBeGreaterThan(3_000_000)
    expect(await value.set(3, { only: 'present' })).toBe(true)
    expect([await value.take(), await value.take()]).toEqual([3, undefined])
  })

  it('refuses options that it does not know, with those that are meant', async () => {
    const value = at.kit().value('v')
    const refused = [
      [{ only: 'always' }, "The option only must be 'absent' or 'present', not"],
      [{ ex: 60 }, 'did you mean "ttl"?'],
      [{ NX: true }, 'did you mean "only"?'],
      [{ ttl: 0 }, 'ttl is 0: a duration'],
    ] as const
    for (const [options, message] of refused)
      await expect(value.set(1, options as never)).rejects.toThrow(message)
    expect(await value.exists()).toBe(false)
  })

  it('refuses what JSON would change to null', async () => {
    const value = at.kit().value('v')
    for (const one of [Number.NaN, Infinity, -Infinity, undefined])
      await expect(value.set(one)).rejects.toThrow("The value 'v': A value must be one that JSON keeps")
    expect(await value.exists()).toBe(false)
  })

  it('refuses others that are no containers, where it would combine nothing', async () => {
    const kit = at.kit()
    const set = kit.set<string>('a')
    await set.add('x')
    await expect(set.intersection([set] as never)).rejects.toThrow('the others must be containers')
    await expect(set.unionTo('b' as never)).rejects.toThrow('must be containers')
    await expect(kit.sortedSet('z').union(kit.sortedSet('y') as never)).rejects.toThrow('takes an array')
    await expect(kit.sortedSet('z').range(null as never)).rejects.toThrow('an object of options')
  })

  it('says that a counter holds no whole number', async () => {
    await at.kit().value('n').set(1.5)
    await expect(at.kit().counter('n').get()).rejects.toThrow('1.5 is no whole number')
  })
})
