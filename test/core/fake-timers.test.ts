import { mock } from 'node:test'
import { FragmentCache, lazy } from 'onetrip'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { onEveryStore } from '../helpers/every-store.ts'
import { patient } from '../helpers/patient.ts'
import { engineOf } from '../helpers/templates.ts'

const PAGE = '{% cache "a", tags=["t"], ttl="1h" %}{{ text }}{% endcache %}'

/** How a test runner fakes timers. */
const FAKES: Record<string, () => void> = {
  'Vitest, and Jest': () => {
    vi.useFakeTimers()
  },
  'node:test': () => mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'setImmediate', 'Date'] }),
}

afterEach(() => {
  vi.useRealTimers()
  mock.timers.reset()
})

describe('under fake timers', () => {
  onEveryStore((create) => {
    it.each(Object.keys(FAKES))('of %s pages are made and stored, and the cache is closed', async (name) => {
      const store = create()
      // Clients of the stores connect by timers of their own.
      await store.getMany(['connected'])
      FAKES[name]?.()
      const engine = engineOf({ page: PAGE })
      const cache = new FragmentCache({ store, engine, prefix: name, ...patient({ singleFlight: 'store' }) })
      let loads = 0
      const show = async () => {
        const text = lazy(async () => ++loads)
        const { body, fragments } = await cache.render('page', { text })
        await cache.settled()
        return `${body} ${fragments[0]?.state}`
      }
      expect(await show()).toBe('1 miss')
      await cache.invalidate('t')
      expect(await show()).toMatch(/^2 miss$/)
      const twice = cache.cached('twice', { key: (n: number) => [n], ttl: '1h' }, async (n) => 2 * n)
      expect(await Promise.all([twice(2), twice(2)])).toEqual([4, 4])
      await cache.values.set('v', 1, { ttl: '1h' })
      expect(await cache.values.get('v')).toBe(1)
      await cache.settled()
      await cache.close()
    })
  })
})
