import type { Entries } from './entry.ts'

/** Macros and `{% call %}`. */
export const macros: Entries = {
  'caller under another name': {
    page: '{% macro box(k) %}{% set c = caller %}{% cache "k", k %}{{ c() }}{% endcache %}{% endmacro %}{% for x in [1, 2, 3] %}{% call box(x) %}[{{ x }}]{% endcall %}{% endfor %}',
    broken: 'wrong',
  },
  'caller, handed on': {
    page: '{% macro wrap(c, k) %}{% cache "k", k %}{{ c() }}{% endcache %}{% endmacro %}{% macro box(k) %}{{ wrap(caller, k) }}{% endmacro %}{% for x in [1, 2, 3] %}{% call box(x) %}[{{ x }}]{% endcall %}{% endfor %}',
    broken: 'wrong',
  },
  'caller with keywords': {
    page: '{% macro b(x, y="d") %}{{ caller(x, z=y) }}{% endmacro %}{% call(a, z) b(1, y=2) %}{{ a }}{{ z }}{% cache "c", a %}{{ a }}{{ z }}{% endcache %}{% endcall %}{% call(a, z="k") b(1) %}{{ a }}{{ z }}{% endcall %}',
  },
  'caller in a caller': {
    page: '{% macro b(x) %}<{{ x }}{{ caller() }}>{% endmacro %}{% for x in [1, 2] %}{% call b(x) %}{% call b(x ~ "i") %}{{ x }}{% cache "c", x %}{{ x }}{% endcache %}{% endcall %}{% endcall %}{% endfor %}',
  },
  'caller, or none': {
    page: '{% macro b() %}{% if caller %}{{ caller() | upper }}{% else %}no{% endif %}{% endmacro %}{{ b() }}{% call b() %}yes{% cache "c" %}c{% endcache %}{% endcall %}',
  },
  'macro with defaults of its own arguments': {
    page: '{% macro m(a, b="B", c=a) %}{{ a }}{{ b }}{{ c }}{% cache "k", a, b, c or 0 %}{{ a }}{{ b }}{{ c }}{% endcache %}{% endmacro %}{{ m(1) }}{{ m(2, c="C") }}{{ m(a=3) }}{{ m(4, 5, 6) }}{{ m(b=1, a=7) | upper }}',
  },
  'recursive macro, a fragment a turn': {
    page: '{% macro t(n) %}{{ n }}{% if n %}{{ t(n - 1) }}{% endif %}{% cache "n", n %}[{{ n }}]{% endcache %}{% endmacro %}{{ t(3) }}{{ t(2) | length }}',
  },
  'macro, called by a function': {
    page: '{% macro p(x) %}p{{ x }}{{ n }}{% endmacro %}{{ call(p, 1) }}{% cache "c" %}{{ call(p, 2) }}{% endcache %}',
    data: () => ({ n: 1, call: (fn: (x: number) => unknown, x: number) => fn(x) }),
  },
}
