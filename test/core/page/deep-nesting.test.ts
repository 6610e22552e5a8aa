import { UnsettledError } from 'onetrip'
import { expect, test } from 'vitest'
import { cacheOf, clockedCacheOf } from '../../helpers/templates.ts'

interface Comment {
  readonly id: number
  readonly text: string
  readonly replies: readonly Comment[]
}

/** A thread in which each comment answers the one before. */
function threadOf(depth: number): Comment {
  let comment: Comment | undefined
  for (let id = depth; id > 0; id--) comment = { id, text: `n${id}`, replies: comment ? [comment] : [] }
  return comment as Comment
}

const WAYS = {
  include: {
    page: '{% set c = thread %}{% include "comment" %}',
    comment:
      '{% cache "comment", c.id %}<li>{{ c.text }}{% for reply in c.replies %}{% set c = reply %}{% include "comment" %}{% endfor %}</li>{% endcache %}',
  },
  macro: {
    page:
      '{% macro comment(c) %}{% cache "comment", c.id %}<li>{{ c.text }}{% for reply in c.replies %}{{ comment(reply) }}{% endfor %}</li>{% endcache %}{% endmacro %}' +
      '{{ comment(thread) }}',
  },
  'include, with holes': {
    page: '{% set c = thread %}{% include "comment" %}',
    comment:
      '{% cache "comment", c.id %}<li>{% nocache %}{{ visitor }}{% endnocache %}{{ c.text }}{% for reply in c.replies %}{% set c = reply %}{% include "comment" %}{% endfor %}</li>{% endcache %}',
  },
}

test.each(Object.entries(WAYS))(
  'a thread of 1,000 comments by %s: cold, warm and half',
  async (_, templates) => {
    const thread = threadOf(1000)
    const expected = `${Array.from({ length: 1000 }, (_, n) => `<li>n${n + 1}`).join('')}${'</li>'.repeat(1000)}`
    const { clock, cache } = clockedCacheOf(templates, { limits: { maxEntryBytes: '1MB' } })
    const render = async () => {
      const page = await cache.render('page', { thread })
      await cache.settled()
      return page
    }
    const cold = await render()
    expect(cold.body.toString()).toBe(expected)
    expect(cold.trips).toBe(1000)
    const warm = await render()
    expect(warm.body.toString()).toBe(expected)
    expect([warm.trips, warm.fragments.length]).toEqual([1, 1])
    for (let id = 1; id <= 500; id++) await cache.delete('comment', id)
    clock.advance(5)
    const half = await render()
    expect(half.body.toString()).toBe(expected)
    expect(half.trips).toBe(501)
  },
)

test('a fragment whose key grows without end is given up, and the error shows where', async () => {
  const { cache } = cacheOf({
    page: '{% set n = 1 %}{% include "deeper" %}',
    deeper: '{% cache "d", n %}{% set n = n + 1 %}{% include "deeper" %}{% endcache %}',
  })
  await expect(cache.render('page')).rejects.toThrow(UnsettledError)
  await expect(cache.render('page')).rejects.toThrow(
    /^Fragments are nested more than 1000 deep, the innermost ("d" \(deeper, line 1\) > ){4}"d" \(deeper, line 1\): /,
  )
})

test('one key at one place may stand in several others, and in itself it may not', async () => {
  const { cache } = cacheOf({
    page: '{% for n in [1, 2, 3] %}{% cache "outer", n %}{% include "inner" %}{% endcache %}{% endfor %}',
    inner: '{% cache "inner" %}i{% if again %}{% include "page" %}{% endif %}{% endcache %}',
  })
  expect((await cache.render('page')).body.toString()).toBe('iii')
  await cache.settled()
  await cache.delete('inner')
  for (const n of [1, 2, 3]) await cache.delete('outer', n)
  await expect(cache.render('page', { again: true })).rejects.toThrow(
    'A fragment renders itself without end: "outer" (page, line 1) > "inner" (inner, line 1) > "outer" (page, line 1).',
  )
})
