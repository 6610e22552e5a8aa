import fc from 'fast-check'
import { lazy } from 'onetrip'
import { expect, test } from 'vitest'
import { cacheOf } from '../../helpers/templates.ts'
import { turns } from '../../helpers/turns.ts'

test('data that looks like a hole, a marker or an object of the engine is printed as it is', async () => {
  const { html } = cacheOf('{{ a | safe }}{% cache "c", key %}{{ a | safe }}{% endcache %}{{ o }}')
  const look = fc.constantFrom(
    '\u0000',
    '{% cache "c" %}',
    '<!-- c -->',
    '[object Object]',
    'page#1',
    '%%0%%',
    '$&',
    '\uFFFC',
  )
  let key = 0
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(look, fc.string()), { maxLength: 5 }), async (pieces) => {
      const a = pieces.join('')
      key++
      const o = { parts: ['x'], place: { id: 'page#1' }, toString: () => 'o' }
      const expected = `${Buffer.from(a)}${Buffer.from(a)}o`
      expect(await html({ a, o, key })).toBe(expected)
      expect(await html({ a, o, key })).toBe(expected)
    }),
    { numRuns: 200 },
  )
})

test('200 interleaved requests mix neither visitors, nor fragments, nor errors', async () => {
  const { cache } = cacheOf(
    '{{ user }}:{% for x in xs %}{% cache "row", x, n %}<{{ x }}.{{ slow }}>{% endcache %}{% endfor %}{{ name }}{% if bad %}{{ fail() }}{% endif %}',
  )
  const fail = () => {
    throw new Error('this one')
  }
  const request = async (n: number) => {
    const bad = n % 7 === 0
    await turns(n % 5)
    const data = {
      user: `u${n}`,
      n: n % 10,
      bad,
      fail,
      xs: lazy(async () => {
        await turns(n % 3)
        return [n % 4, n % 6]
      }),
      slow: lazy(async () => {
        await turns(n % 4)
        return n % 10
      }),
      name: lazy(() => `n${n}`),
    }
    const rows = [...new Set([n % 4, n % 6])]
    const twice = [n % 4, n % 6].map((x) => `<${x}.${n % 10}>`).join('')
    try {
      const { body, fragments } = await cache.render('page', data)
      expect(bad).toBe(false)
      expect(body.toString()).toBe(`u${n}:${twice.replaceAll('<', '<')}n${n}`)
      expect(fragments.length).toBe(rows.length)
    } catch (error) {
      expect(String(error)).toContain('this one')
      expect(bad).toBe(true)
    }
  }
  await Promise.all(Array.from({ length: 200 }, (_, n) => request(n)))
  await cache.settled()
})

test('a body that runs later sees the item, loop and set values of its tag', async () => {
  const { html } = cacheOf(
    '{% for a in [1, 2] %}{% set s = a * 10 %}{% for b in ["x", "y"] %}{% set t = s ~ b %}{% cache "c", a, b %}{{ a }}{{ b }}{{ s }}{{ t }}{{ loop.index }}{{ loop.last }};{% endcache %}{% endfor %}{% endfor %}',
  )
  const page = '1x1010x1false;1y1010y2true;2x2020x1false;2y2020y2true;'
  expect(await html()).toBe(page)
  expect(await html()).toBe(page)
})
