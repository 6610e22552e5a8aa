import { inspect } from 'node:util'
import { ToolkitError } from 'onetrip/toolkit'
import { expect, it } from 'vitest'
import { describeEveryKit } from '../every-kit.ts'

const plain = { encode: (value: string) => value, decode: String }

/** Returns the bytes that an error has, as text. */
async function storedOf(failed: Promise<unknown>): Promise<string[]> {
  const error = await failed.then(
    (value) => expect.fail(`resolved with ${inspect(value)}`),
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(ToolkitError)
  expect((error as ToolkitError).reason).toBe('undecodable')
  return (error as ToolkitError).stored.map(String)
}

describeEveryKit('a value that cannot be decoded', (at) => {
  it('is in the error of what has removed it', async () => {
    const kit = at.kit()
    const refill = async () => {
      await Promise.all(['list', 'set', 'zset', 'array', 'value'].map((name) => kit.value(name).clear()))
      await kit.list('list', { codec: plain }).push('7', 'a b', '8')
      await kit.set('set', { codec: plain }).add('x')
      await kit.sortedSet('zset', { codec: plain }).addMany([
        ['7', 1],
        ['y', 2.5],
      ])
      await kit.array('array', { codec: plain }).push('z')
      await kit.value('value', { codec: plain }).set('v')
    }
    const cases: [() => Promise<unknown>, string[]][] = [
      [() => kit.list('list').popMany(9), ['8', 'a b', '7']],
      [() => kit.list('list').shiftMany(2), ['7', 'a b']],
      [
        () =>
          kit
            .list('list')
            .blockingPop('1s')
            .then(() => kit.list('list').blockingPop('1s')),
        ['a b'],
      ],
      [
        () =>
          kit
            .list('list')
            .blockingShift('1s')
            .then(() => kit.list('list').blockingShift('1s')),
        ['a b'],
      ],
      [
        () =>
          kit
            .list('list')
            .shift()
            .then(() => kit.list('list').shift()),
        ['a b'],
      ],
      [
        () =>
          kit
            .list('list')
            .pop()
            .then(() => kit.list('list').pop()),
        ['a b'],
      ],
      [() => kit.set('set').pop(), ['x']],
      [() => kit.set('set').popMany(2), ['x']],
      [() => kit.sortedSet('zset').popMax(), ['y', '2.5']],
      [() => kit.sortedSet('zset').blockingPopMax('1s'), ['y', '2.5']],
      [() => kit.sortedSet('zset').popMinMany(2), ['7', '1', 'y', '2.5']],
      [() => kit.array('array').pop(), ['z']],
      [() => kit.array('array').deleteAt(0), ['z']],
      [() => kit.value('value').take(), ['v']],
    ]
    for (const [take, stored] of cases) {
      await refill()
      expect(await storedOf(take())).toEqual(stored)
    }
    expect(await kit.value('value').exists()).toBe(false)
  })

  it('is in the error of the command of a batch', async () => {
    const kit = at.kit()
    await kit.list('list', { codec: plain }).push('a b')
    const batch = kit.transaction()
    const taken = batch.list('list').pop()
    taken.catch(() => {})
    await expect(batch.exec()).rejects.toThrow(ToolkitError)
    expect(await storedOf(taken)).toEqual(['a b'])
  })

  it('is described with the reason of the codec, and not shown in logs', async () => {
    const kit = at.kit()
    await kit.hash('h', { codec: plain }).set('name', '"Private Ann')
    const error: unknown = await kit
      .hash('h')
      .get('name')
      .catch((error: unknown) => error)
    expect((error as ToolkitError).message).toMatch(
      /^The hash 'h' holds a value of 12 bytes that the codec cannot decode: .* in JSON at position 12.*\. Read it with/,
    )
    expect(inspect(error)).not.toMatch(/stored:|Private/)
    expect(JSON.stringify(error)).not.toContain('stored')
  })
})
