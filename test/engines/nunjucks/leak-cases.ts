/** Templates with a leak, and what leaks, by the way it gets there. */

export type Templates = Record<string, string>

export const HEADER = '{% cache "h" %}{% if user %}Account{% else %}Sign in{% endif %}{% endcache %}'
export const PQ = '{% macro p() %}admin{% endmacro %}{% macro q() %}guest{% endmacro %}'
export const CARD =
  '{% macro card(film, text) %}{% cache "card", film.id %}{{ text }}{% endcache %}{% endmacro %}'

/** One place that several pages, includes or calls lead to; it reads `user`. */
export const SEVERAL_WAYS: readonly [string, Templates | string][] = [
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
]

export const LEAKS: readonly [string, Templates | string, string][] = [
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
]
