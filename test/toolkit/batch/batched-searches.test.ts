import { type Batch, variable } from 'onetrip/toolkit'
import { expect, it } from 'vitest'
import { describeEveryKit, reason } from '../every-kit.ts'

describeEveryKit('an index, a graph and an autocomplete in a batch', (at) => {
  it('are written in one transaction with containers, and searched in one', async () => {
    const kit = at.kit({ prefix: '{site}:' })
    const transaction = kit.transaction()
    const added = [
      transaction.index('posts').add('1', 'Redis and Lua', { data: { by: 'ann' } }),
      transaction.index('posts').add('2', 'Node'),
      transaction.index('posts').add('1', 'Redis, Lua and Node'),
      transaction.graph('social').add('ann', 'likes', 'bob'),
      transaction.graph('social').add('ann', 'likes', 'bob'),
      transaction.autocomplete('titles').add({ id: '1', title: 'Redis and Lua' }),
      transaction.counter('posts').increment(2),
    ]
    expect(transaction.size).toBe(7)
    expect(await kit.index('posts').count()).toBe(0)
    await transaction.exec()
    expect(await Promise.all(added)).toEqual([true, true, false, true, false, true, 2])

    const who = variable('who')
    const [posts, liked, titles, nothing, count] = await kit.pipeline((batch) => [
      batch.index('posts').search('node'),
      batch.graph('social').search([['ann', 'likes', who]]),
      batch.autocomplete('titles').search('re'),
      batch.autocomplete('titles').search('!'),
      batch.counter('posts').get(),
    ])
    expect(posts.hits.map(({ key }) => key).sort()).toEqual(['1', '2'])
    expect(liked).toEqual([{ who: 'bob' }])
    expect(titles.map(({ id }) => id)).toEqual(['1'])
    expect([nothing, count]).toEqual([[], 2])
  })

  it('are sent only when the batch is: adding and searching waits for nothing', async () => {
    const kit = at.kit({ prefix: '{site}:' })
    const both = await kit.transaction(async (batch) => {
      const added = batch.index('posts').add('1', 'Redis')
      const found = batch.autocomplete('titles').search('re')
      // A batch that somebody waits for would be sent meanwhile.
      await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
      const linked = batch.graph('social').add('a', 'b', 'c')
      return { added, found, linked }
    })
    expect(both).toEqual({ added: true, found: [], linked: true })
  })

  it('keep a batch from being sent by a wrong argument, and refuse what needs several trips', async () => {
    const kit = at.kit({ prefix: '{site}:' })
    for (const wrong of [
      (batch: Batch) => batch.index('posts').add('', 'text'),
      (batch: Batch) => batch.graph('social').add(null as never, 'b', 'c'),
      (batch: Batch) => batch.autocomplete('titles').search(7 as never),
    ])
      await expect(
        kit.transaction((batch) => [batch.counter('never').increment(), wrong(batch)]),
      ).rejects.toMatchObject({ code: 'ERR_ONETRIP_OPTION' })
    expect(await kit.counter('never').exists()).toBe(false)

    const batch = kit.pipeline()
    for (const call of [
      () => batch.index('posts').addMany([]),
      () => batch.index('posts').clear(),
      async () => batch.graph('social').match(),
      () => batch.graph('social').addMany([]),
      () => batch.autocomplete('titles').addMany([]),
      () => batch.autocomplete('titles').flush(),
    ])
      await expect(call()).rejects.toEqual(reason('batch'))
  })
})
