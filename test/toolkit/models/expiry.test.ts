import { hashOf, integer, text } from 'onetrip/toolkit'
import { beforeEach, expect, test } from 'vitest'
import { describeEveryKit } from '../every-kit.ts'
import { modelError } from './model-kit.ts'

describeEveryKit('Expiry of records', (at) => {
  const makeModel = () =>
    at.kit({ prefix: 'app:' }).model('session', {
      id: text().primaryKey(),
      user: text().index(),
      age: integer().index().optional(),
      token: text().unique(),
      data: hashOf(text),
    })
  let Session: ReturnType<typeof makeModel>
  beforeEach(() => {
    Session = makeModel()
  })

  /** Waits until Redis has removed a record by itself. */
  const gone = (id: string) => expect.poll(() => Session.has(id)).toBe(false)
  /** Sends a command on a key of the model, whose reply is a number. */
  const ask = async (command: string, part: string, ...args: string[]) =>
    Number(await at.redis.call(command, [Session.key + part, ...args]))

  test('expired records are in no result, no count and no index', async () => {
    await Session.createMany([
      { id: 'a', user: 'ann', age: 1, token: '1', data: { x: '1' } },
      { id: 'b', user: 'ann', age: 2, token: '2', data: { x: '2' } },
    ])
    expect(await Session.expire('a', 1)).toBe(true)
    await gone('a')
    expect(await Session.count()).toBe(1)
    expect(await Session.count(Session.user.eq('ann'))).toBe(1)
    expect((await Session.where(Session.user.eq('ann')).toArray()).map(({ id }) => id)).toEqual(['b'])
    expect((await Session.all().orderBy(Session.age.asc()).toArray()).map(({ id }) => id)).toEqual(['b'])
    for (const part of [':all', ':i:user', ':i:age', ':i:token']) expect(await ask('ZCARD', part)).toBe(1)
    for (const part of [':expiring', ':entries', ':c:data:a']) expect(await ask('EXISTS', part)).toBe(0)
  })

  test('an expired record leaves its unique value and its id to others', async () => {
    await Session.create({ id: 'a', user: 'ann', token: '1' })
    await Session.expire('a', 1)
    await gone('a')
    await Session.create({ id: 'a', user: 'bob', token: '1' })
    expect((await Session.where(Session.user.in(['ann', 'bob'])).toArray()).map(({ user }) => user)).toEqual([
      'bob',
    ])
    expect(await Session.expire('x', 1)).toBe(false)
  })

  test('what changes after expire goes with the record too, and persist keeps it', async () => {
    await Session.create({ id: 'a', user: 'ann', age: 1, token: '1' })
    await Session.expire('a', '1h')
    await Session.update('a', { user: 'eve', token: '3' })
    await Session.increment('a', 'age', 4)
    const entries = await ask('HEXISTS', ':entries', 'a')
    expect(entries).toBe(1)
    await Session.persist('a')
    expect(await ask('PTTL', ':r:a')).toBe(-1)
    await Session.expire('a', 1)
    await gone('a')
    expect(await Session.clear()).toBe(0)
    for (const part of [':all', ':i:user', ':i:age', ':i:token', ':expiring', ':entries'])
      expect(await ask('EXISTS', part)).toBe(0)
    await expect(Session.load('a')).rejects.toEqual(modelError('not-found'))
  })

  test('hundreds that expire at once are counted exactly, and removed by the calls that follow', async () => {
    const rows = Array.from({ length: 350 }, (_, n) => ({ id: `${n}`, user: 'u', token: `${n}` }))
    await Session.createMany(rows)
    await Promise.all(rows.slice(50).map(({ id }) => Session.expire(id, 1)))
    await expect
      .poll(async () => (await Session.loadMany(rows.map(({ id }) => id))).filter(Boolean).length)
      .toBe(50)
    expect(await Session.count()).toBe(50)
    expect(await Session.count(Session.user.eq('u'))).toBe(50)
    expect(await Session.where(Session.user.eq('u')).toArray()).toHaveLength(50)
    await expect
      .poll(async () => {
        await Session.count()
        return ask('ZCARD', ':all')
      })
      .toBe(50)
  })
})
