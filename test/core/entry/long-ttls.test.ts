import { FragmentCache, type FragmentEvent } from 'onetrip'
import { describe, expect, it } from 'vitest'
import { onEveryStore } from '../../helpers/every-store.ts'
import { PATIENT } from '../../helpers/patient.ts'
import { engineOf } from '../../helpers/templates.ts'

const LONGEST = 2 ** 53 - 1
const LIVES = [
  'ttl="36500d"',
  `ttl=${LONGEST}`,
  `ttl="1h", stale=${LONGEST}`,
  `ttl=${LONGEST}, stale=${LONGEST}`,
  'ttl="forever"',
]

describe('a life that is longer than a store counts', () => {
  onEveryStore((create) => {
    it.each(LIVES)('%s is kept, and its tags with it', async (life) => {
      const page = `{% cache "a", ${life}, tags=["t"] %}{{ n }}{% endcache %}`
      const cache = new FragmentCache({
        store: create(),
        engine: engineOf({ page }),
        prefix: life,
        ...PATIENT,
      })
      const events: FragmentEvent[] = []
      cache.on((event) => events.push(event))
      const show = async (n: number) => {
        const { body } = await cache.render('page', { n })
        await cache.settled()
        return body.toString()
      }
      await cache.values.get('connected')
      expect(await show(1)).toBe('1')
      expect(await show(2)).toBe('1')
      await cache.invalidate('t')
      expect(await show(3)).toBe('3')
      expect(await cache.values.set('v', 'kept', { ttl: LONGEST })).toBe(true)
      expect(await cache.values.touch('v', '36500d')).toBe(true)
      expect(await cache.values.get('v')).toBe('kept')
      expect(events.filter(({ type }) => type === 'error')).toEqual([])
      await cache.close()
    })
  })
})
