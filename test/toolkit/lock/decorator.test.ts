import typescript from 'typescript54'
import { expect, test } from 'vitest'
import { describeRedis } from '../../helpers/redis-server.ts'
import { useKits } from '../kit-fixture.ts'

interface StockClass {
  new (): { take(item: string, count?: number): Promise<number>; fail(): Promise<never>; most: number }
}

// Decorators as JavaScript is to have them (TC39, stage 3), which the compiler turns to what Node
// runs.
const STOCK = `
class Stock {
  #items = new Map([['apple', 100]])
  #inside = 0
  most = 0

  @lock.wrap
  async take(item: string, count = 1): Promise<number> {
    this.most = Math.max(this.most, ++this.#inside)
    const before = this.#items.get(item) ?? 0
    await new Promise((resolve) => setImmediate(resolve))
    this.#items.set(item, before - count)
    this.#inside--
    return before - count
  }

  @lock.wrap
  async fail(): Promise<never> {
    throw new Error('no stock')
  }
}
return Stock`

describeRedis('a lock as a decorator of a method', () => {
  const { kit } = useKits()

  test('runs the method under the lock, with its object, arguments and result', async () => {
    const lock = kit().lock('stock', { ttl: '10m', wait: '10m' })
    const { outputText } = typescript.transpileModule(STOCK, {
      compilerOptions: { target: typescript.ScriptTarget.ES2022 },
    })
    expect(outputText).not.toContain('@lock')
    const Stock = new Function('lock', outputText)(lock) as StockClass
    const stock = new Stock()
    const left = await Promise.all(Array.from({ length: 20 }, () => stock.take('apple', 2)))
    expect(left.sort((a, b) => b - a)).toEqual(Array.from({ length: 20 }, (_, n) => 98 - 2 * n))
    expect(stock.most).toBe(1)
    await expect(stock.fail()).rejects.toThrow('no stock')
    // It was released.
    expect(await (await lock.tryAcquire())?.release()).toBe(true)
  })
})
