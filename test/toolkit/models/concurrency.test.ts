import { type Toolkit, toolkit } from 'onetrip/toolkit'
import { expect, test } from 'vitest'
import { describeRedis } from '../../helpers/redis-server.ts'
import { useKits } from '../kit-fixture.ts'
import { modelError, userModel } from './model-kit.ts'

const CLIENTS = 100

describeRedis('Models used by many at once', () => {
  const at = useKits()

  /** Makes a model for each of many clients, with a connection each. */
  const models = () => Array.from({ length: CLIENTS }, () => userModel(at.kit({ prefix: 'app:' })))
  const [fulfilled, rejected] = ['fulfilled', 'rejected']
  const count = (results: readonly { status: string }[], status: string) =>
    results.filter((result) => result.status === status).length

  test('increments are exact, and their index too', async () => {
    const all = models()
    await all[0]?.create({ id: 'a', name: 'A', age: 0 })
    const sums = await Promise.all(
      all.flatMap((User) => [User.increment('a', 'age'), User.increment('a', 'age', 2)]),
    )
    expect(new Set(sums).size).toBe(2 * CLIENTS)
    const [User] = all
    expect((await User?.load('a'))?.age).toBe(3 * CLIENTS)
    expect(await User?.count(User.age.lt(3 * CLIENTS))).toBe(0)
    expect(await User?.count(User.age.eq(3 * CLIENTS))).toBe(1)
  })

  test('of copies that were loaded at the same time one is saved', async () => {
    const all = models()
    await all[0]?.create({ id: 'a', name: 'A', age: 0 })
    const saves = await Promise.allSettled(
      (await Promise.all(all.map(async (User) => [User, await User.load('a')] as const))).map(
        ([User, user], n) => {
          user.age = n
          return User.save(user)
        },
      ),
    )
    expect(count(saves, fulfilled ?? '')).toBe(1)
    const reasons = saves.filter((one) => one.status === 'rejected').map(({ reason }) => reason as unknown)
    expect(reasons).toEqual(Array.from({ length: CLIENTS - 1 }, () => modelError('conflict')))
  })

  test('copies that are loaded again after a conflict are all saved in the end', async () => {
    const all = models().slice(0, 20)
    await all[0]?.create({ id: 'a', name: 'A', age: 0 })
    await Promise.all(
      all.map(async (User) => {
        for (;;) {
          const user = await User.load('a')
          user.age = (user.age ?? 0) + 1
          const saved = await User.save(user).catch((error: unknown) => {
            expect(error).toEqual(modelError('conflict'))
          })
          if (saved) return
        }
      }),
    )
    expect((await all[0]?.load('a'))?.age).toBe(20)
  })

  test('a unique value is given once, and a primary key too', async () => {
    const all = models()
    const emails = await Promise.allSettled(
      all.map((User, n) => User.create({ id: `${n}`, name: 'x', email: `${n % 10}@example.com` })),
    )
    expect(count(emails, fulfilled ?? '')).toBe(10)
    expect(count(emails, rejected ?? '')).toBe(90)
    const [User] = all
    expect(await User?.count()).toBe(10)
    const keys = await Promise.allSettled(all.map((one) => one.create({ id: 'same', name: 'x' })))
    expect(count(keys, fulfilled ?? '')).toBe(1)
    expect(await User?.count()).toBe(11)
  })

  test('records that are created, changed and deleted at once leave exact indexes', async () => {
    const all = models()
    await Promise.all(
      all.map(async (User, n) => {
        await User.createMany([0, 1, 2].map((k) => ({ id: `${n}-${k}`, name: `${k}`, age: n })))
        await User.update(`${n}-1`, { age: -1, email: `${n}` })
        await User.delete(`${n}-2`)
      }),
    )
    const [User] = all
    if (!User) throw new Error('no model')
    expect(await User.count()).toBe(2 * CLIENTS)
    expect(await User.count(User.age.eq(-1))).toBe(CLIENTS)
    expect(await User.count(User.name.eq('2'))).toBe(0)
    expect(await User.clear()).toBe(2 * CLIENTS)
    expect(await at.server().admin.keys('*')).toEqual(['app:model:{user}'])
  })

  test('after close, and with a server that is gone, calls are rejected', async () => {
    const closed: Toolkit = toolkit(at.server().url)
    const User = userModel(closed)
    await User.create({ id: 'a', name: 'A' })
    await closed.close()
    await expect(User.load('a')).rejects.toThrow(/after close/)
    await expect(User.all().toArray()).rejects.toThrow(/after close/)
    await at.server().admin.set('model:{user}:r:b', 'no hash')
    const Other = userModel(at.kit())
    await expect(Other.load('b')).rejects.toThrow(/holds something else than part of a model/)
  })
})
