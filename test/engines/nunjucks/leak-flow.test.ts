import { describe, expect, test } from 'vitest'
import { shortFindingsIn } from '../../helpers/check.ts'
import { cacheOf } from '../../helpers/templates.ts'
import { CARD, HEADER, LEAKS, SEVERAL_WAYS, type Templates } from './leak-cases.ts'

describe('a place that is reached under several conditions', () => {
  test.each(SEVERAL_WAYS)('%s', (_what, templates) => {
    expect(shortFindingsIn(templates)).toContain('leak user')
  })
})

describe('leaks are found', () => {
  test.each(LEAKS)('%s', (_what, templates, variable) => {
    expect(shortFindingsIn(templates)).toContain(`leak ${variable}`)
  })
})

describe('reads that are not leaks', () => {
  test.each<[string, Templates | string]>([
    [
      'a name set in a macro that is called under a condition',
      '{% macro card(f) %}{% set t = f.title %}{% cache "c", f.id %}{{ t }}{% endcache %}{% endmacro %}{% if user %}{{ card(film) }}{% endif %}',
    ],
    [
      'a name set in an include under a condition',
      {
        page: '{% if user %}{% include "i" %}{% endif %}',
        i: '{% set t = film.title | upper %}{% cache "c", film.id %}{{ t }}{% endcache %}',
      },
    ],
    [
      'a name set and read in the same branch',
      '{% if user %}{% set x = 1 %}{% cache "a" %}{{ x }}{% endcache %}{% endif %}',
    ],
    [
      'a name that both branches set, and is set anew',
      '{% if user %}{% set x = 1 %}{% else %}{% set x = 2 %}{% endif %}{% set x = 3 %}{% cache "a" %}{{ x }}{% endcache %}',
    ],
    [
      'a name of its own in a macro',
      '{% set x = "a" %}{% macro m() %}{% set x = user.name %}{{ x }}{% endmacro %}{{ m() }}{% cache "a" %}{{ x }}{% endcache %}',
    ],
    [
      'a name of its own in an include',
      {
        page: '{% set x = "a" %}{% include "i" %}{% cache "a" %}{{ x }}{% endcache %}',
        i: '{% set x = user.name %}{{ x }}',
      },
    ],
    [
      'a name of its own in a fragment',
      '{% set x = "a" %}{% cache "u", user.id %}{% set x = user.name %}{{ x }}{% endcache %}{% cache "a" %}{{ x }}{% endcache %}',
    ],
    [
      'an include in a fragment for guests',
      {
        page: '{% if not user %}{% cache "guests" %}{% include "h" %}{% endcache %}{% else %}{% include "h" %}{% endif %}',
        h: '{% if user %}{{ user.name }}{% else %}Sign in{% endif %}',
      },
    ],
    [
      'a macro in a fragment for guests',
      '{% macro h() %}{% if user %}{{ user.name }}{% else %}Sign in{% endif %}{% endmacro %}{% cache "a", if=not user %}{{ h() }}{% endcache %}',
    ],
    [
      'a macro that chooses otherwise in a fragment for guests',
      '{% macro h() %}{% if user.isGuest %}Sign in{% else %}{{ user.name }}{% endif %}{% endmacro %}{% cache "a", if=user.isGuest %}{{ h() }}{{ h() | safe }}{% endcache %}',
    ],
    [
      'an include that sets a name in a fragment for guests',
      {
        page: '{% cache "guests", if=not user %}{% include "h" %}{% endcache %}',
        h: '{% if user %}{% set label = user.name %}{% else %}{% set label = "Sign in" %}{% endif %}{{ label }}',
      },
    ],
    [
      'an inline if in an include in a fragment for guests',
      {
        page: '{% cache "guests", if=not user %}{% include "h" %}{% endcache %}',
        h: '{{ user.name if user else "Sign in" }}',
      },
    ],
    [
      'a call that a loop over films makes',
      `${CARD}{% for f in films %}{{ card(f, f.text) }}{% endfor %}{% if user %}{{ card(film, film.text) }}{% endif %}`,
    ],
    [
      'a value that is proven to be nothing',
      '{% if not user %}{% cache "a" %}Hi {{ user.name or "guest" }}{% endcache %}{% endif %}',
    ],
    [
      'a value that is proven to be one',
      '{% if locale == "en" %}{% cache "a" %}{{ locale }}{% endcache %}{% endif %}',
    ],
    [
      'the same call, proven',
      '{% if user.can("edit") %}{% cache "a" %}{% if user.can("edit") %}Edit{% endif %}{% endcache %}{% endif %}',
    ],
    [
      'the same comparison, proven',
      '{% if user.role == "admin" %}{% cache "a" %}{% if user.role == "admin" %}Edit{% endif %}{% endcache %}{% endif %}',
    ],
    [
      'two texts of one role, which is in the key',
      '{% if user.isAdmin %}{% set role = "admin" %}{% set label = "A" %}{% else %}{% set role = "guest" %}{% set label = "G" %}{% endif %}{% cache "a", role %}{{ label }}{% endcache %}',
    ],
    [
      'two calls under two conditions, with keys of their own',
      '{% macro box(k, t) %}{% cache "box", k %}{{ t }}{% endcache %}{% endmacro %}{% if user.admin %}{{ box("a", "Admin") }}{% else %}{{ box("g", "Guest") }}{% endif %}',
    ],
    [
      'two calls of one kind under two conditions',
      `${CARD}{% if user %}{{ card(film, "a") }}{% else %}{{ card(film, "a") }}{% endif %}`,
    ],
    [
      'the length, which is in the key',
      '{% set n = messages | length %}{% for m in messages %}{% cache "a", m.id, messages | length %}{{ loop.length }}{% endcache %}{% endfor %}',
    ],
    [
      'the position, which is in the key',
      '{% for m in messages %}{% cache "a", m.id, loop.index %}{{ loop.index }}{{ loop.first }}{% endcache %}{% endfor %}',
    ],
  ])('%s', (_what, templates) => {
    expect(shortFindingsIn(templates)).toEqual([])
  })
})

test.each<[string, Templates]>([
  [
    'by two includes',
    { page: '{% if user %}{% include "h" %}{% else %}{% include "h" %}{% endif %}', h: HEADER },
  ],
  [
    'in a fragment whose if= does not hold',
    { page: `{% cache "out", if=not user %}${HEADER}{% endcache %}` },
  ],
])('a place that is reached %s shows a visitor nothing of another', async (_what, templates) => {
  const { html } = cacheOf(templates, { safety: 'uncached' })
  expect(await html({ user: { id: 1 } })).toBe('Account')
  expect(await html({})).toBe('Sign in')
  expect(await html({ user: { id: 2 } })).toBe('Account')
})
