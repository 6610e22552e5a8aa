import type { Batch } from 'onetrip/toolkit'
import { expect, it } from 'vitest'
import { describeEveryKit, reason } from '../every-kit.ts'

describeEveryKit('transaction', (at) => {
  const open = () => at.kit({ prefix: '{shop}:' })

  it('sends at exec(), and gives each reply to its promise', async () => {
    const kit = open()
    const transaction = kit.transaction()
    const count = transaction.counter('views').increment()
    const set = transaction.hash<string>('film').set('title', 'Dekalog')
    const title = transaction.hash<string>('film').get('title')
    const none = transaction.list('none').pop()
    expect(transaction.size).toBe(4)
    expect(await kit.counter('views').get()).toBe(0)
    await transaction.exec()
    expect(await Promise.all([count, set, title, none])).toEqual([1, true, 'Dekalog', undefined])
    expect(await kit.counter('views').get()).toBe(1)
  })

  it('runs scripts inside, the same one twice', async () => {
    const kit = open()
    const [first, second, all] = await kit.transaction((batch) => [
      batch.array<string>('a').push('x'),
      batch.array<string>('a').push('y', 'z'),
      batch.array<string>('a').toArray(),
    ])
    expect([first, second, all]).toEqual([1, 3, ['x', 'y', 'z']])
  })

  it('resolves what a callback returns: a promise, an array, an object, or nothing', async () => {
    const kit = open()
    expect(await kit.transaction((batch) => batch.counter('a').increment())).toBe(1)
    expect(await kit.transaction((batch) => [batch.counter('a').increment(), 'x'])).toEqual([2, 'x'])
    expect(await kit.transaction((batch) => ({ a: batch.counter('a').increment(), b: 7 }))).toEqual({
      a: 3,
      b: 7,
    })
    expect(await kit.transaction((batch) => Promise.all([batch.counter('a').increment()]))).toEqual([4])
    expect(await kit.transaction((batch) => void batch.counter('a').increment())).toBeUndefined()
    expect(await kit.transaction(() => 5)).toBe(5)
    expect(await kit.counter('a').get()).toBe(5)
  })

  it('waits for an async callback; a reply that it waits for sends the batch', async () => {
    const kit = open()
    const loaded = await kit.transaction(async (batch) => {
      const by = await kit.hash<number>('steps').get('none')
      return batch.counter('a').increment(by ?? 3)
    })
    expect(loaded).toBe(3)
    const [first, late] = await kit.transaction(async (batch) => {
      const now = await batch.counter('a').increment()
      return [
        now,
        await batch
          .counter('a')
          .increment()
          .catch((error: unknown) => error),
      ]
    })
    expect(first).toBe(4)
    expect(late).toEqual(reason('batch'))
    expect(await kit.counter('a').get()).toBe(4)
  })

  it('rejects a callback that writes after a wait for a reply, and does not wait for the write', async () => {
    const kit = open()
    const transaction = kit.transaction(async (batch) => {
      const now = await batch.counter('a').get()
      batch.counter('a').set(now + 1)
    })
    await expect(transaction).rejects.toThrow('it was sent before')
    expect(await kit.counter('a').exists()).toBe(false)
  })

  it('sends what an async callback adds by methods that call others, when it has ended', async () => {
    const kit = open()
    await kit.transaction(async (batch) => {
      batch.list('a').push(1)
      batch.sortedSet('b').range()
      await kit.counter('n').get()
      batch.list('a').push(2)
    })
    expect(await kit.list('a').toArray()).toEqual([1, 2])
  })

  it('refuses calls on the batch of a callback that threw', async () => {
    const kit = open()
    let kept: Batch | undefined
    const failed = kit.transaction((batch) => {
      kept = batch
      throw new Error('No stock')
    })
    await expect(failed).rejects.toThrow('No stock')
    await expect(kept?.counter('a').increment()).rejects.toThrow('it was sent before')
  })

  it('sends nothing if the callback throws, and passes its exception', async () => {
    const kit = open()
    const stop = new Error('stop')
    const dropped: Promise<unknown>[] = []
    const sync = kit.transaction((batch) => {
      dropped.push(batch.counter('a').increment())
      throw stop
    })
    await expect(sync).rejects.toBe(stop)
    const async = kit.transaction(async (batch) => {
      dropped.push(batch.counter('a').increment())
      await kit.counter('other').get()
      throw stop
    })
    await expect(async).rejects.toBe(stop)
    for (const promise of dropped) await expect(promise).rejects.toEqual(reason('batch'))
    expect(await kit.counter('a').exists()).toBe(false)
  })

  it('sends nothing if a call was wrong', async () => {
    const kit = open()
    const transaction = kit.transaction()
    const good = transaction.counter('a').increment()
    const bad = transaction.counter('a').increment(0.5)
    await expect(transaction.exec()).rejects.toThrow('whole number')
    await expect(bad).rejects.toThrow('whole number')
    await expect(good).rejects.toEqual(reason('batch'))
    expect(await kit.counter('a').exists()).toBe(false)
  })

  it('keeps batches apart: an inner one is sent at its own end', async () => {
    const kit = open()
    const seen: number[] = []
    await kit.transaction(async (outer) => {
      outer.counter('outer').increment()
      await kit.transaction(async (middle) => {
        middle.counter('middle').increment()
        await kit.transaction((inner) => inner.counter('inner').increment())
        seen.push(await kit.counter('inner').get(), await kit.counter('middle').get())
      })
      seen.push(await kit.counter('middle').get(), await kit.counter('outer').get())
    })
    seen.push(await kit.counter('outer').get())
    expect(seen).toEqual([1, 0, 1, 0, 1])
  })

  it('loses only the commands of an inner batch that fails', async () => {
    const kit = open()
    await kit.transaction(async (outer) => {
      outer.counter('before').increment()
      const inner = kit.transaction((batch) => {
        batch.counter('inner').increment()
        throw new Error('inner')
      })
      await expect(inner).rejects.toThrow('inner')
      outer.counter('after').increment()
    })
    const exists = ['before', 'inner', 'after'].map((name) => kit.counter(name).exists())
    expect(await Promise.all(exists)).toEqual([true, false, true])
  })

  it('drops commands by clear(), and may be filled again', async () => {
    const kit = open()
    const outer = kit.transaction()
    const inner = kit.transaction()
    const first = outer.counter('first').increment()
    const dropped = inner.counter('dropped').increment()
    inner.clear()
    expect(inner.size).toBe(0)
    const kept = inner.counter('kept').increment()
    await inner.exec()
    const second = outer.counter('second').increment()
    await outer.exec()
    await expect(dropped).rejects.toThrow('The transaction: its commands were dropped, and not sent')
    expect(await Promise.all([first, kept, second])).toEqual([1, 1, 1])
    expect(await kit.counter('dropped').exists()).toBe(false)
  })

  it('gives each command its own error; the others are carried out', async () => {
    const kit = open()
    await kit.list('list').push(1)
    const transaction = kit.transaction()
    const before = transaction.counter('a').increment()
    const wrong = transaction.counter('list').increment()
    const after = transaction.counter('a').increment()
    await expect(transaction.exec()).rejects.toEqual(reason('wrong-type'))
    await expect(wrong).rejects.toThrow("The counter '{shop}:list': the key holds something else")
    expect(await Promise.all([before, after])).toEqual([1, 2])
  })

  it('refuses a second exec(), and commands after it', async () => {
    const kit = open()
    const transaction = kit.transaction()
    transaction.counter('a').increment()
    await transaction.exec()
    await expect(transaction.exec()).rejects.toEqual(reason('batch'))
    await expect(transaction.counter('a').increment()).rejects.toThrow('it was sent before')
    expect(await kit.counter('a').get()).toBe(1)
    const empty = kit.transaction()
    await empty.exec()
    await expect(empty.exec()).rejects.toEqual(reason('batch'))
  })

  it('refuses methods that need several replies in turn', async () => {
    const kit = open()
    const transaction = kit.transaction()
    const waits = transaction.list('a').blockingPop('1s')
    await expect(waits).rejects.toEqual(reason('batch'))
    await expect(transaction.hash('a').scan().next()).rejects.toThrow('needs several replies in turn')
    await expect(transaction.sortedSet('a')[Symbol.asyncIterator]().next()).rejects.toEqual(reason('batch'))
    await transaction.exec()
  })

  it('lets no other command between those of 50 transactions at one time', async () => {
    const kit = open()
    const pairs = await Promise.all(
      Array.from({ length: 50 }, () =>
        kit.transaction((batch) => [batch.counter('a').increment(), batch.counter('a').increment()]),
      ),
    )
    for (const [first, second] of pairs) expect(second).toBe(first + 1)
    expect(await kit.counter('a').get()).toBe(100)
  })

  it('refuses what is no function', () => {
    expect(() => open().transaction(7 as never)).toThrow('transaction takes a function, or nothing; got 7')
  })
})

describeEveryKit('pipeline', (at) => {
  it('sends commands on keys of all nodes, and keeps the order of the replies', async () => {
    const kit = at.kit()
    const counts = await kit.pipeline((batch) =>
      Array.from({ length: 300 }, (_, n) => batch.counter(`n${n}`).increment(n)),
    )
    expect(counts).toEqual(Array.from({ length: 300 }, (_, n) => n))
    const [union, has] = await kit.pipeline((batch) => [
      batch.sortedSet('{x}:a').union([batch.sortedSet('{x}:b')]),
      batch.bloomFilter('{y}:b', { capacity: 10, errorRate: 0.1 }).add('x'),
    ])
    expect([union, has]).toEqual([[], true])
  })

  it('gives each command its own error', async () => {
    const kit = at.kit()
    await kit.list('list').push(1)
    const pipeline = kit.pipeline()
    const wrong = pipeline.hash('list').get('a')
    const right = pipeline.counter('a').increment()
    await expect(pipeline.exec()).rejects.toEqual(reason('wrong-type'))
    await expect(wrong).rejects.toEqual(reason('wrong-type'))
    expect(await right).toBe(1)
  })
})
