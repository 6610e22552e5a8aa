import nunjucks from 'nunjucks'
import { nunjucksEngine } from 'onetrip/nunjucks'
import { describe, expect, test } from 'vitest'
import { resolveRules } from '../../../src/fragment/rules.ts'
import { checkTemplates } from '../../../src/template/nunjucks/analysis/check.ts'
import { cacheOf, TestLoader } from '../../helpers/templates.ts'

type Templates = Record<string, string>

function leaksIn(templates: Templates | string): string[] {
  const all = typeof templates === 'string' ? { page: templates } : templates
  const { environment } = nunjucksEngine({ environment: new nunjucks.Environment(new TestLoader(all)) })
  const findings = checkTemplates(environment, Object.keys(all), {
    rules: resolveRules({}),
    hasTtl: true,
    versioned: [],
  })
  return findings.map(({ kind, variable = '' }) => `${kind} ${variable}`)
}

const HEADER = '{% cache "h" %}{% if user %}Account{% else %}Sign in{% endif %}{% endcache %}'
const PQ = '{% macro p() %}admin{% endmacro %}{% macro q() %}guest{% endmacro %}'
const CARD = '{% macro card(film, text) %}{% cache "card", film.id %}{{ text }}{% endcache %}{% endmacro %}'

describe('a place that is reached under several conditions', () => {
  test.each<[string, Templates | string]>([
    [
      'by two includes',
      { page: '{% if user %}{% include "h" %}{% else %}{% include "h" %}{% endif %}', h: HEADER },
    ],
    [
      'by two pages',
      {
        a: '{% if user %}{% include "h" %}{% endif %}',
        b: '{% if not user %}{% include "h" %}{% endif %}',
        h: HEADER,
      },
    ],
    [
      'by two calls of a macro',
      `{% macro h() %}${HEADER}{% endmacro %}{% if user %}{{ h() }}{% else %}{{ h() }}{% endif %}`,
    ],
    [
      'inside fragments of two pages',
      {
        a: '{% cache "a", if=user %}{% include "h" %}{% endcache %}',
        b: '{% cache "b", if=not user %}{% include "h" %}{% endcache %}',
        h: HEADER,
      },
    ],
    [
      'by what is set before it',
      {
        a: '{% cache "a", if=user %}{% include "h" %}{% endcache %}',
        b: '{% cache "b", if=not user %}{% include "h" %}{% endcache %}',
        h: '{% set label = "Account" if user else "Sign in" %}{% cache "h" %}{{ label }}{% endcache %}',
      },
    ],
    ['inside a fragment whose if= does not hold', `{% cache "out", if=user %}${HEADER}{% endcache %}`],
    [
      'by a set block before it',
      {
        a: '{% cache "a", if=user %}{% include "h" %}{% endcache %}',
        h: '{% set label %}{% if user %}Account{% else %}Sign in{% endif %}{% endset %}{% cache "h" %}{{ label }}{% endcache %}',
      },
    ],
    [
      'in what a call encloses',
      `{% macro w() %}{{ caller() }}{% endmacro %}{% if user %}{% call w() %}${HEADER}{% endcall %}{% endif %}`,
    ],
    [
      'in a block of a parent',
      {
        page: '{% extends "base" %}{% block b %}{% if user %}{{ super() }}{% else %}{{ super() }}{% endif %}{% endblock %}',
        base: `{% block b %}${HEADER}{% endblock %}`,
      },
    ],
  ])('%s', (_what, templates) => {
    expect(leaksIn(templates)).toContain('leak user')
  })
})

describe('leaks that are found', () => {
  test.each<[string, Templates | string, string]>([
    ['a macro of a list', `${PQ}{% cache "a" %}{{ [p, q][user.n]() }}{% endcache %}`, 'user.n'],
    [
      'a macro called where it is chosen',
      `${PQ}{% cache "a" %}{{ (p if user.admin else q)() }}{% endcache %}`,
      'user.admin',
    ],
    [
      'what a macro of a list reads',
      '{% macro m() %}{{ user.name }}{% endmacro %}{% cache "a" %}{% for f in [m] %}{{ f() }}{% endfor %}{% endcache %}',
      'user.name',
    ],
    [
      'a macro imported under a condition',
      {
        page: '{% if user.admin %}{% from "x" import m %}{% else %}{% from "y" import m %}{% endif %}{% cache "a" %}{{ m() }}{% endcache %}',
        x: '{% macro m() %}x{% endmacro %}',
        y: '{% macro m() %}y{% endmacro %}',
      },
      'user.admin',
    ],
    [
      'a file of macros chosen by a condition',
      {
        page: '{% import "x" if user.admin else "y" as lib %}{% cache "a" %}{{ lib.m() }}{% endcache %}',
        x: '{% macro m() %}x{% endmacro %}',
        y: '{% macro m() %}y{% endmacro %}',
      },
      'user.admin',
    ],
    [
      'a macro defined under a condition',
      '{% if user.admin %}{% macro m() %}x{% endmacro %}{% else %}{% macro m() %}y{% endmacro %}{% endif %}{% cache "a" %}{{ m() }}{% endcache %}',
      'user.admin',
    ],
    [
      'data as an argument under a condition',
      `${CARD}{% if user.admin %}{{ card(film, film.draft) }}{% else %}{{ card(film, film.text) }}{% endif %}`,
      'user.admin',
    ],
    [
      'data or a constant as an argument under a condition',
      `${CARD}{% if user.admin %}{{ card(film, film.draft) }}{% else %}{{ card(film, "none") }}{% endif %}`,
      'user.admin',
    ],
    [
      'a constant argument in an inline if',
      `${CARD}{{ card(film, "a") if user.admin else card(film, "b") }}`,
      'user.admin',
    ],
    [
      'another list under the same key',
      `${CARD}{% if user.admin %}{% for f in films %}{{ card(f, "a") }}{% endfor %}{% else %}{% for f in films %}{{ card(f, "b") }}{% endfor %}{% endif %}`,
      'user.admin',
    ],
    [
      'a text block as an argument under a condition',
      `${CARD}{% if user.admin %}{% set t %}A{% endset %}{{ card(film, t) }}{% else %}{% set t %}B{% endset %}{{ card(film, t) }}{% endif %}`,
      'user.admin',
    ],
    [
      'a text block that a condition sets',
      '{% if user.admin %}{% set t %}A{% endset %}{% else %}{% set t %}B{% endset %}{% endif %}{% cache "a" %}{{ t }}{% endcache %}',
      'user.admin',
    ],
    [
      'the text of a macro as an argument under a condition',
      `${PQ}${CARD}{% if user.admin %}{{ card(film, p()) }}{% else %}{{ card(film, q()) }}{% endif %}`,
      'user.admin',
    ],
    [
      'a macro as an argument under a condition',
      `${PQ}{% macro b(f) %}{% cache "b" %}{{ f() }}{% endcache %}{% endmacro %}{% if user.admin %}{{ b(p) }}{% else %}{{ b(q) }}{% endif %}`,
      'user.admin',
    ],
    [
      'a name set before two includes',
      {
        page: '{% if user.admin %}{% set kind = "a" %}{% include "i" %}{% else %}{% set kind = "b" %}{% include "i" %}{% endif %}',
        i: '{% cache "i" %}{{ kind }}{% endcache %}',
      },
      'user.admin',
    ],
    [
      'a macro called in a fragment under a condition of the fragment around it',
      '{% macro h() %}{% cache "h" %}{% if user %}in{% endif %}{% endcache %}{% endmacro %}{% cache "a", if=user %}{{ h() }}{% endcache %}',
      'user',
    ],
    [
      'a flag made of a number is no fact about the number',
      '{% set isBig = user.points > 5 %}{% if not isBig %}{% cache "a" %}{% if user.points %}{{ user.points }}{% endif %}{% endcache %}{% endif %}',
      'user.points',
    ],
    [
      'zero and nothing are both falsy',
      '{% if not user.points %}{% cache "a" %}{{ user.points }}{% endcache %}{% endif %}',
      'user.points',
    ],
    [
      'a dictionary set under a condition',
      '{% if user %}{% set d = { a: 1 } %}{% else %}{% set d = { a: 2 } %}{% endif %}{% cache "a" %}{{ d.a }}{% endcache %}',
      'user',
    ],
    [
      'a dictionary chosen',
      '{% set d = { a: 1 } if user else { a: 2 } %}{% cache "a" %}{{ d.a }}{% endcache %}',
      'user',
    ],
    [
      'a list that a call changes',
      '{% set rows = [] %}{% set done = rows.push(user.name) %}{% cache "a" %}{{ rows | join }}{% endcache %}',
      'user.name',
    ],
    [
      'a list that a call changes in a loop',
      '{% set rows = [] %}{% for m in messages %}{% if rows.push(1) %}{% endif %}{% endfor %}{% cache "a" %}{{ rows | length }}{% endcache %}',
      'messages.length',
    ],
    [
      'a list that a call changes under a condition',
      '{% set rows = [] %}{% if user.admin %}{{ rows.push(1) }}{% endif %}{% cache "a" %}{{ rows | length }}{% endcache %}',
      'user.admin',
    ],
    [
      'what a switch sets',
      '{% set x = 0 %}{% switch user.role %}{% case "a" %}{% set x = 1 %}{% endswitch %}{% cache "a" %}{{ x }}{% endcache %}',
      'user.role',
    ],
    [
      'what stands in the else of a loop',
      '{% set x = 0 %}{% for m in messages %}{% else %}{% set x = 1 %}{% endfor %}{% cache "a" %}{{ x }}{% endcache %}',
      'messages.length',
    ],
    [
      'a length, where only the position is in the key',
      '{% for m in messages %}{% cache "a", m.id, loop.index %}{{ loop.length }}{% endcache %}{% endfor %}',
      'messages.length',
    ],
    [
      'an item, where only the position is in the key',
      '{% for m in messages %}{% cache "a", loop.index %}{{ m.text }}{% endcache %}{% endfor %}',
      'messages[].text',
    ],
    [
      'loop as a whole',
      '{% for m in messages %}{% cache "a", m.id %}{{ loop | dump }}{% endcache %}{% endfor %}',
      'messages.length',
    ],
    [
      'a name of an object that a flag in the key comes from',
      '{% if user %}{% set vip = true %}{% endif %}{% cache "a", vip %}{{ user.name }}{% endcache %}',
      'user.name',
    ],
  ])('%s', (_what, templates, variable) => {
    expect(leaksIn(templates)).toContain(`leak ${variable}`)
  })
})

describe('what is no leak', () => {
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
    expect(leaksIn(templates)).toEqual([])
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
