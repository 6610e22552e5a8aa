import { describe, expect, test } from 'vitest'
import { shortFindingsIn } from '../../helpers/check.ts'

const MACROS =
  '{% macro p() %}admin{% endmacro %}{% macro q() %}guest{% endmacro %}{% macro box(kind) %}{% cache "box" %}{{ kind }}{% endcache %}{% endmacro %}'

describe('leaks are found', () => {
  test.each<[string, string, string]>([
    [
      'loop.length',
      '{% for m in messages %}{% cache "a", m.id %}{{ loop.length }}{% endcache %}{% endfor %}',
      'messages.length',
    ],
    [
      'loop.last',
      '{% for m in messages %}{% cache "a", m.id %}{% if loop.last %}x{% endif %}{% endcache %}{% endfor %}',
      'messages.length',
    ],
    [
      'a position',
      '{% for m in cart.items %}{% cache "a", m.id %}{{ loop.index }}{% endcache %}{% endfor %}',
      'cart.items[n]',
    ],
    [
      'a counter',
      '{% set n = 0 %}{% for m in messages %}{% set n = n + 1 %}{% endfor %}{% cache "a" %}{{ n }}{% endcache %}',
      'messages.length',
    ],
    [
      'a counter inside',
      '{% set n = 0 %}{% for m in messages %}{% set n = n + 1 %}{% cache "a", m.id %}{{ n }}{% endcache %}{% endfor %}',
      'messages[n]',
    ],
    [
      'a mark that a loop sets',
      '{% set any = false %}{% for m in messages %}{% set any = true %}{% endfor %}{% cache "a" %}{{ any }}{% endcache %}',
      'messages.length',
    ],
    ['a length', '{% set n = messages | length %}{% cache "a" %}{{ n }}{% endcache %}', 'messages.length'],
    [
      'a macro chosen',
      `${MACROS}{% set f = p if user.admin else q %}{% cache "a" %}{{ f() }}{% endcache %}`,
      'user.admin',
    ],
    [
      'a macro set under a condition',
      `${MACROS}{% if user.admin %}{% set f = p %}{% else %}{% set f = q %}{% endif %}{% cache "a" %}{{ f() }}{% endcache %}`,
      'user.admin',
    ],
    [
      'a macro of a dictionary',
      `${MACROS}{% set d = { a: p, b: q } %}{% cache "a" %}{{ d[user.kind]() }}{% endcache %}`,
      'user.kind',
    ],
    [
      'what a macro of a dictionary reads',
      '{% macro m() %}{{ user.name }}{% endmacro %}{% set d = { m: m } %}{% cache "a" %}{{ d.m() }}{% endcache %}',
      'user.name',
    ],
    [
      'a constant argument under a condition',
      `${MACROS}{% if user.admin %}{{ box("a") }}{% else %}{{ box("b") }}{% endif %}`,
      'user.admin',
    ],
    [
      'a constant argument by name',
      `${MACROS}{% if user.admin %}{{ box(kind="a") }}{% else %}{{ box() }}{% endif %}`,
      'user.admin',
    ],
    [
      'a condition in the key that says less',
      '{% cache "a", "in" if user else "out" %}{% if user %}{{ user }}{% endif %}{% endcache %}',
      'user',
    ],
    [
      'the other branch',
      '{% cache "a", if=user.isAnonymous %}{% if user.isAnonymous %}x{% else %}{{ user.name }}{% endif %}{{ user.name }}{% endcache %}',
      'user.name',
    ],
    [
      'after a name was set anew',
      '{% if not guest %}{% set guest = user %}{% cache "a" %}{% if guest %}{{ guest.name }}{% endif %}{% endcache %}{% endif %}',
      'user',
    ],
    [
      'one item is not another',
      '{% for m in messages %}{% if not m.read %}{% cache "a" %}{% for m in messages %}{% if m.read %}{{ m.text }}{% endif %}{% endfor %}{% endcache %}{% endif %}{% endfor %}',
      'messages[].text',
    ],
  ])('%s', (_what, template, variable) => {
    expect(shortFindingsIn(template)).toContain(`leak ${variable}`)
  })

  test.each([
    ...[
      'isAdmin',
      'is_admin',
      'isOwner',
      'canEdit',
      'can_edit',
      'admin',
      'loggedIn',
      'signedIn',
      'signed_in',
    ],
    ...['authenticated', 'userId', 'user_id', 'me', 'tenant', 'timezone', 'time_zone', 'theme'],
  ])('the name %s', (name) => {
    expect(shortFindingsIn(`{% cache "a" %}{% if ${name} %}x{% endif %}{% endcache %}`)).toEqual([
      `leak ${name}`,
    ])
  })
})

describe('reads that are not leaks', () => {
  test.each<[string, string]>([
    [
      'a branch that if= excludes',
      '{% cache "a", if=not user %}{% if user %}{{ user.name }}{% else %}Sign in{% endif %}{% endcache %}',
    ],
    [
      'a branch that an if around excludes',
      '{% if not user %}{% cache "a" %}{{ user.name if user else "Sign in" }}{% endcache %}{% endif %}',
    ],
    [
      'the else of an if around',
      '{% if user %}{{ user.name }}{% else %}{% cache "a" %}{% if user.name %}{{ user.name }}{% endif %}x{% endcache %}{% endif %}',
    ],
    [
      'one of several conditions',
      '{% if not (user or member) %}{% cache "a" %}{% if user and film %}{{ user.name }}{% endif %}{% endcache %}{% endif %}',
    ],
    [
      'a condition that the key has',
      '{% cache "a", "in" if user else "out" %}{% if user %}Sign out{% else %}Sign in{% endif %}{% endcache %}',
    ],
    [
      'a film under a condition',
      `${MACROS}{% macro card(film) %}{% cache "card", film.id %}{{ film.name }}{% endcache %}{% endmacro %}{% if user %}{{ card(film) }}{% endif %}`,
    ],
    ['one constant under a condition', `${MACROS}{% if user %}{{ box("a") }}{% endif %}`],
    [
      'a constant that the key has',
      '{% macro b(t) %}{% cache "b", t %}{{ t }}{% endcache %}{% endmacro %}{% if user %}{{ b("a") }}{% else %}{{ b("b") }}{% endif %}',
    ],
    ['constants without a condition', `${MACROS}{{ box("a") }}{{ box("b") }}`],
    [
      'a position in a list for all',
      '{% for f in films %}{% cache "a", f.id %}{{ loop.index }} of {{ loop.length }}{% endcache %}{% endfor %}',
    ],
    [
      'what each turn sets anew',
      '{% for m in messages %}{% set c = "x" %}{% cache "a", m.id %}{{ c }}{% endcache %}{% endfor %}',
    ],
    [
      'words that only hold a name',
      '{% cache "a" %}{{ administration }}{{ product.theme }}{{ film.admin }}{{ menu }}{% endcache %}',
    ],
  ])('%s', (_what, template) => {
    expect(shortFindingsIn(template)).toEqual([])
  })
})
