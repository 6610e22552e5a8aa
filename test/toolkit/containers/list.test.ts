import { expect, it } from 'vitest'
import { isClusterClient } from '../../../src/redis/client.ts'
import { all, describeEveryKit, reason } from '../every-kit.ts'

describeEveryKit('List', (at) => {
  const open = <T = string>(name = '{shop}:viewed') => at.kit().list<T>(name)
  const digits = async () => {
    const list = open<number>()
    await list.push(0, 1, 2, 3, 4, 5, 6, 7, 8, 9)
    return list
  }

  it('adds at both ends, in the order given', async () => {
    const list = open()
    expect(await list.push('i1')).toBe(1)
    expect(await list.push('i2', 'i3')).toBe(3)
    expect(await list.unshift('ix')).toBe(4)
    expect(await list.toArray()).toEqual(['ix', 'i1', 'i2', 'i3'])
    expect(await list.unshift('a', 'b')).toBe(6)
    expect(await list.slice(0, 3)).toEqual(['a', 'b', 'ix'])
    expect(await list.push()).toBe(6)
    expect(await list.size()).toBe(6)
  })

  it('inserts before and after a value', async () => {
    const list = open()
    await list.push('i1', 'i2')
    expect(await list.insertBefore('i2', 'i1.5')).toBe(true)
    expect(await list.insertAfter('i2', 'i2.5')).toBe(true)
    expect(await list.insertAfter('none', 'x')).toBe(false)
    expect(await list.toArray()).toEqual(['i1', 'i1.5', 'i2', 'i2.5'])
  })

  it('takes from both ends, one or several', async () => {
    const list = await digits()
    expect(await list.pop()).toBe(9)
    expect(await list.shift()).toBe(0)
    expect(await list.popMany(2)).toEqual([8, 7])
    expect(await list.shiftMany(3)).toEqual([1, 2, 3])
    expect(await list.shiftMany(0)).toEqual([])
    expect(await list.shiftMany(100)).toEqual([4, 5, 6])
    expect(await list.pop()).toBeUndefined()
    expect(await list.shiftMany(2)).toEqual([])
    await expect(list.popMany(-1)).rejects.toThrow('at least 0')
  })

  it('deletes by value and by index; an unknown one changes nothing', async () => {
    const list = open()
    await list.push('a', 'b', 'a', 'c')
    expect(await list.delete('a')).toBe(2)
    expect(await list.delete('z')).toBe(0)
    expect(await list.deleteAt(0)).toBe(true)
    expect(await list.deleteAt(99)).toBe(false)
    expect(await list.deleteAt(-9)).toBe(false)
    expect(await list.toArray()).toEqual(['c'])
    await list.push('d', 'e')
    expect(await list.deleteAt(-2)).toBe(true)
    expect(await list.toArray()).toEqual(['c', 'e'])
  })

  it('has no surprise in trim: it says that it keeps a slice', async () => {
    const list = await digits()
    await list.trim(1, -1)
    expect(await list.toArray()).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    await list.trim(0, 3)
    expect(await list.toArray()).toEqual([1, 2, 3])
    await list.trim(0, 0)
    expect(await list.exists()).toBe(false)
  })

  it('slices as an array does, an empty range included', async () => {
    const list = await digits()
    const array = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    for (const start of [undefined, 0, 1, 5, 9, 10, 20, -1, -3, -10, -20]) {
      for (const end of [undefined, 0, 1, 2, 5, 10, 20, -1, -5, -10, -20]) {
        expect([start, end, await list.slice(start, end)]).toEqual([start, end, array.slice(start, end)])
      }
    }
    await expect(list.slice(0.5)).rejects.toThrow('whole number')
  })

  it('reads and replaces by index, finds by value', async () => {
    const list = await digits()
    expect(await list.at(-1)).toBe(9)
    expect(await list.at(10)).toBeUndefined()
    await list.set(-1, 99)
    await list.set(0, 11)
    expect(await list.at(9)).toBe(99)
    await expect(list.set(10, 1)).rejects.toEqual(reason('not-found'))
    await expect(open('none').set(0, 'x')).rejects.toEqual(reason('not-found'))
    expect(await list.indexOf(99)).toBe(9)
    expect(await list.indexOf(0)).toBe(-1)
    expect(await list.includes(11)).toBe(true)
    expect(await list.includes(0)).toBe(false)
  })

  it('keeps null apart from what is not there', async () => {
    const list = open<null | string>()
    await list.push(null)
    expect(await list.at(0)).toBeNull()
    expect(await list.pop()).toBeNull()
    expect(await list.pop()).toBeUndefined()
  })

  it('replaces all items, and yields thousands in their order', async () => {
    const list = await digits()
    const many = Array.from({ length: 2_500 }, (_, n) => n)
    expect(await list.replace(many)).toBe(2_500)
    expect(await all(list)).toEqual(many)
    expect(await list.replace([])).toBe(0)
    expect(await all(list)).toEqual([])
  })

  it('moves items within a list and to another', async () => {
    const list = await digits()
    const other = open<number>('{shop}:other')
    expect(await list.move(list)).toBe(9)
    expect(await list.slice(0, 2)).toEqual([9, 0])
    expect(await list.move(other, { from: 'first', to: 'last' })).toBe(9)
    expect(await list.move(other, { from: 'last', to: 'last' })).toBe(8)
    expect(await other.toArray()).toEqual([9, 8])
    expect(await open<number>('{shop}:none').move(other)).toBeUndefined()
    await expect(list.move(other, { from: 'left' } as never)).rejects.toThrow("'first' or 'last'")
  })

  it('moves nothing to what is no list', async () => {
    const list = await digits()
    await expect(list.move('done' as never)).rejects.toThrow('the others must be containers')
    await expect(list.blockingMove('done' as never, '1s')).rejects.toThrow('must be containers')
    expect(await list.size()).toBe(10)
  })

  it('sorts by the values of other keys, whose pattern is the whole key', async () => {
    // A cluster refuses it.
    if (isClusterClient(at.redis)) return
    const kit = at.kit({ prefix: 'my:' })
    await kit.list<number>('ids').push(1, 2, 3)
    for (const [id, weight] of [30, 10, 20].entries()) await kit.value(`weight:${id + 1}`).set(weight)
    const by = `${at.keyPrefix}my:weight:*`
    expect(await kit.list<number>('ids').sort({ by })).toEqual([2, 3, 1])
    const sorted = await kit.list<number>('ids').sortTo(kit.list('sorted'), { by, order: 'desc' })
    expect(await sorted.toArray()).toEqual([1, 3, 2])
  })

  it('sorts up and down, and stores what it sorted', async () => {
    const list = open<number>()
    await list.push(3, 10, 9, 1)
    expect(await list.sort()).toEqual([1, 3, 9, 10])
    expect(await list.sort({ order: 'desc', count: 3 })).toEqual([10, 9, 3])
    expect(await list.sort({ offset: 1, count: 2 })).toEqual([3, 9])
    expect(await list.sort({ alpha: true })).toEqual([1, 10, 3, 9])
    const into = open<number>('{shop}:sorted')
    const sorted = await list.sortTo(into, { order: 'desc', count: 3 })
    expect(await sorted.toArray()).toEqual([10, 9, 3])
    const words = open('{shop}:words')
    await words.push('b', 'a')
    await expect(words.sort()).rejects.toEqual(reason('not-a-number'))
    expect(await words.sort({ alpha: true })).toEqual(['a', 'b'])
    await expect(list.sort({ limit: 3 } as never)).rejects.toThrow('did you mean "count"')
  })

  it('waits for an item', async () => {
    const list = open()
    const first = list.blockingShift('60s')
    await expect.poll(() => at.blocked()).toBe(1)
    await list.push('a', 'b', 'c')
    expect(await first).toBe('a')
    expect(await list.blockingPop('60s')).toBe('c')
    const moved = open('{shop}:none').blockingMove(list, '60s')
    await expect.poll(() => at.blocked()).toBe(1)
    await open('{shop}:none').push('z')
    expect(await moved).toBe('z')
    expect(await list.toArray()).toEqual(['z', 'b'])
  })

  it('ends a wait in time, by a signal, and by close()', async () => {
    const kit = at.kit()
    const list = kit.list('{shop}:none')
    expect(await list.blockingPop(1)).toBeUndefined()
    const abort = new AbortController()
    const waits = list.blockingShift('1h', { signal: abort.signal })
    await expect.poll(() => at.blocked()).toBe(1)
    abort.abort(new Error('enough'))
    await expect(waits).rejects.toThrow('enough')
    await expect(list.blockingShift('1h', { signal: abort.signal })).rejects.toThrow('enough')
    await expect.poll(() => at.blocked()).toBe(0)
    const closed = list.blockingShift('1h')
    await expect.poll(() => at.blocked()).toBe(1)
    await kit.close()
    await expect(closed).rejects.toThrow('The toolkit was used after close()')
    await expect(list.push('a')).rejects.toThrow('after close()')
  })

  it('gives each of 200 items to one of 20 that wait', async () => {
    const kit = at.kit()
    const taken: unknown[] = []
    const takers = Array.from({ length: 20 }, async () => {
      for (let n = 0; n < 10; n++) taken.push(await kit.list('{shop}:jobs').blockingShift('10m'))
    })
    const list = kit.list('{shop}:jobs')
    for (let n = 0; n < 200; n++) await list.push(n)
    await Promise.all(takers)
    expect(taken.sort((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: 200 }, (_, n) => n))
    expect(await list.size()).toBe(0)
  })

  it('refuses what is too much for one command before it is sent', async () => {
    await expect(open().replace(Array.from({ length: 1_000_001 }, () => 'x'))).rejects.toThrow(
      'at most 1000000',
    )
  })
})
