import { describe, expect, test, vi } from 'vitest'
import { cacheOf } from '../../helpers/templates.ts'
import { collectWarnings } from '../../helpers/warnings.ts'

const warnings = collectWarnings()

describe('a bare number under a second as a life', () => {
  test('is a warning in development, once', async () => {
    const { cache } = cacheOf('{% cache "soon", ttl=60, stale=5 %}x{% endcache %}')
    await cache.render('page')
    await cache.render('page')
    expect(warnings.filter((warning) => warning.includes('"soon"')).sort()).toEqual([
      expect.stringContaining('is 5, which is 5 milliseconds: for seconds, write "5s"'),
      expect.stringContaining(
        'The ttl of the fragment "soon" (page, line 1) is 60, which is 60 milliseconds',
      ),
    ])
  })

  test('of the cache, of a cached function and of a value, too', async () => {
    const { cache } = cacheOf('', { ttl: 61 })
    cache.cached('fn', { key: () => [1], ttl: 62 }, () => 1)
    await cache.values.set('key', 1, { ttl: 63 })
    expect(warnings.map((warning) => /is (\d+),/.exec(warning)?.[1])).toEqual(['61', '62', '63'])
  })

  test('is no warning in production, nor as a string, nor from a second on', async () => {
    const { cache } = cacheOf(
      '{% cache "a", ttl="64ms" %}x{% endcache %}{% cache "b", ttl=1000 %}x{% endcache %}',
    )
    await cache.render('page')
    vi.stubEnv('NODE_ENV', 'production')
    cacheOf('', { ttl: 65 })
    expect(warnings).toEqual([])
  })
})
