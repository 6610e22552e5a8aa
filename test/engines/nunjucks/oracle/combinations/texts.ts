import { type Entries, M } from './entry.ts'

/** Fragments whose text the page uses before it reaches the output. */
export const texts: Entries = {
  'text of a text': {
    page: '{% set h %}{% cache "h" %}h{% endcache %}{% endset %}{% set g %}{% cache "c" %}{{ h }}{% endcache %}{% endset %}{{ g }}',
  },
  'text of a macro, kept in a text': {
    page: `${M}{% set a = m(1) %}{% set g %}{% cache "c" %}{{ a }}{% endcache %}{% endset %}{{ g }}{{ g | length }}`,
  },
  'text read by a macro whose text is used': {
    page: '{% set h %}{% cache "h" %}h{% endcache %}{% endset %}{% macro w() %}{% cache "c" %}..{{ h }}{% endcache %}{% endmacro %}{{ w() | upper }}',
  },
  'text as an argument': {
    page: `${M}{% macro c(t, k) %}{% cache "c", k %}[{{ t }}{{ t | length }}]{% endcache %}{% endmacro %}{{ c(m(1), 1) }}{{ c(m(2), 2) | upper }}`,
  },
  'text that another text is made of': {
    page: `${M}{% set k = m(1) | upper %}{% set h %}{% cache "f" %}[{{ k }}]{% endcache %}{% endset %}{{ h }}`,
  },
  'text that decides, before another text': {
    page: `${M}{% if m(1) == "x" %}{% set k = 1 %}{% else %}{% set k = 2 %}{% endif %}{% filter upper %}{% cache "f" %}[{{ k }}a]{% endcache %}{% endfilter %}{{ k }}`,
  },
  'text that decides what is set': {
    page: `${M}{% if m(1) == "z" %}{% set v = 1 %}{% else %}{% set v = 2 %}{% endif %}{{ v }}{% cache "c", v %}{{ v }}{% endcache %}`,
  },
  'text as a key of a text': {
    page: `${M}{% set k = m(1) ~ "" %}{% cache "c", k %}{{ k }}{% endcache %}{% set j = m(k) | upper %}{% cache "d", j %}{{ j }}{% endcache %}`,
  },
  'text, one after the other': {
    page: '{% set b %}x{% cache "h" %}h{% endcache %}{% endset %}{% set d = b %}{% set e %}{{ b }}{% cache "i" %}i{% endcache %}{{ d }}{% endset %}{{ e }}{{ d }}{% set f, g %}x{% cache "j" %}j{% endcache %}{% endset %}{{ f }}{{ g }}',
  },
  'text, set in a loop': {
    page: '{% for f in films %}{% set b %}{{ f.id }}{% cache "c", f.id %}{{ f.name }}{% endcache %}{% endset %}{{ b }}{% if f.id == 2 %}{{ b | upper }}{% endif %}{% endfor %}',
  },
  'text, looped over': {
    page: `${M}{% for c in m(1) %}{{ c }}{{ loop.index }}{% endfor %}{% switch 1 %}{% case m(2) %}a{% default %}b{% endswitch %}`,
  },
  'text, by its own members': {
    page: `${M}{% set x = m("a") %}{{ x.val }}{{ x.length }}{{ x.toUpperCase() }}{{ x.split("") }}{{ x.nothing }}{{ x[0] }}{{ x.toString() }}{{ "val" in x }}{{ x is escaped }}{{ x is string }}{{ x is iterable }}`,
  },
  'text, its members listed': {
    page: `${M}{{ m(1) | urlencode }}{{ m(1) | list }}{{ m(1) | dictsort }}{{ m(1).parts }}{{ m(1).val }}`,
    broken: 'wrong',
  },
  'text as JSON': {
    page: `${M}{{ m(1) | dump | safe }}{{ [m(2)] | dump | safe }}`,
  },
  'text, compared': {
    page: `${M}{% set x = m(1) %}{{ x < "b" }}{{ x == x }}{{ x === "<11>" }}{{ x == "<11>" }}{{ -x }}{{ x and "y" }}{{ not x }}{{ x + "a" }}{{ "a" + x }}{{ x in ["a"] }}{{ { a: x }.a }}{{ [x, x] | join("-") }}`,
  },
  'text, through every filter': {
    page: `${M}{{ m(1) | upper }}{{ m(1) | lower }}{{ m(1) | capitalize }}{{ m(1) | title }}{{ m(1) | trim }}{{ m(1) | length }}{{ m(1) | safe }}{{ m(1) | escape }}{{ m(1) | forceescape }}{{ m(1) | string }}{{ m(1) | first }}{{ m(1) | int }}{{ m(1) | reverse }}{{ m(1) | replace("1", "2") }}{{ m(1) | striptags }}{{ m(1) | center(9) }}{{ m(1) | wordcount }}{{ m(1) | truncate(3) }}{{ m(1) | urlize }}{{ m(1) | nl2br }}{{ m(1) | indent }}{{ m(1) | default("d") }}{{ m(1) | sort }}{{ m(1) | slice(2) }}{{ m(1) | exclaim }}`,
  },
  'text, empty': {
    page: `{% set h %}{% cache "c" %}{% endcache %}{% endset %}{{ h | length }}{% if h %}y{% else %}n{% endif %}${M}{% if m("") %}y{% endif %}{% cache "a" %}{% endcache %}[{% cache "b" %}{# #}{% endcache %}]`,
  },
  'text that looks like code': {
    page: `{% set ü = "é\\n\\"" %}{{ ü }}{% cache "naïve 😀", "ключ" %}{{ ü }}\\u2028\`x\\n'"{% endcache %}`,
  },
  'text of functions': {
    page: `${M}{{ twice(m(1)) }}{{ [m(2)] | join }}{% set f = { m: m } %}{{ f.m(3) }}{{ f["m"](4) | upper }}`,
  },
  'text of a macro, handed to a macro, in a loop': {
    page: '{% macro badge(x) %}<b>{% cache "badge", x %}{{ x }}{% endcache %}</b>{% endmacro %}{% macro card(x, b) %}{% cache "card", x %}{{ x }}{{ b }}{% endcache %}{% endmacro %}{% for x in [1, 2] %}{{ card(x, badge(x)) }}{% endfor %}',
  },
  'text that the page uses, and a text of it': {
    page: `${M}{% set a = m(1) %}{% set g %}{% cache "c" %}{{ a | upper }}{% endcache %}{% endset %}{{ g }}{{ a | upper }}`,
  },
}
