import { date, field, json, text } from 'onetrip/toolkit'
import { expect, test } from 'vitest'
import { describeEveryKit } from '../every-kit.ts'

describeEveryKit('Models that change', (at) => {
  test('records that lack a field have a default each, which may be changed', async () => {
    const kit = at.kit({ prefix: 'app:' })
    await kit.model('shop', { id: text().primaryKey() }).createMany([{ id: '1' }, { id: '2' }])
    const Shop = kit.model('shop', {
      id: text().primaryKey(),
      settings: field(json<{ theme: string }>()).default({ theme: 'light' }),
      opened: date().default(new Date(0)),
    })
    const [one, other] = await Shop.loadMany(['1', '2'])
    if (!one || !other) throw new Error('not loaded')
    one.settings.theme = 'dark'
    one.opened.setTime(1)
    expect(other).toEqual({ id: '2', settings: { theme: 'light' }, opened: new Date(0) })
    expect(await Shop.load('2')).toEqual(other)
    expect((await Shop.create({ id: '3' })).settings).toEqual({ theme: 'light' })
  })
})
