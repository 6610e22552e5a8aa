import { type Entries, M } from './entry.ts'

/** Asynchronous filters and tags, and the tags of other extensions. */
export const extensions: Entries = {
  'asynchronous body, rows that grow': {
    page: '{% set rows = [] %}{% for x in [1, 2, 3] %}{% set rows = (rows.push(x), rows) %}{% cache "r", loop.index %}{{ 1 | later }}{{ rows | join("+") }}{% endcache %}{% endfor %}{{ rows | length }}',
    stock: false,
    broken: 'wrong',
  },
  'asynchronous body in a macro': {
    page: '{% macro q(x) %}[{% cache "c", x %}{{ x | later }}{% endcache %}]{% endmacro %}{{ q(1) }}{{ q(2) | upper }}',
    stock: false,
    broken: 'wrong',
  },
  'asynchronous body in a set block': {
    page: '{% set h %}[{% cache "c" %}{{ 1 | later }}{% endcache %}]{% endset %}{{ h }}',
    stock: false,
    broken: 'wrong',
  },
  'asynchronous body in a filter block': {
    page: '{% filter upper %}[{% cache "c" %}{{ 1 | later }}{% endcache %}]{% endfilter %}',
    stock: false,
    broken: 'wrong',
  },
  'asynchronous body in a call': {
    page: '{% macro b() %}<{{ caller() }}>{% endmacro %}{% call b() %}{% cache "c" %}{{ 1 | later }}{% endcache %}{% endcall %}',
    stock: false,
    broken: 'wrong',
  },
  'asynchronous body in a foreign tag': {
    page: '{% shout "!" %}[{% cache "c" %}{{ 1 | later }}{% endcache %}]{% endshout %}',
    stock: false,
    broken: 'wrong',
  },
  'asynchronous body in a switch': {
    page: '{% switch 1 %}{% case 1 %}[{% cache "c" %}{{ 1 | later }}{% endcache %}]{% endswitch %}z',
    stock: false,
    broken: 'wrong',
  },
  'asynchronous body in an include in a loop': {
    page: '{% for x in [1, 2] %}{% include "i" %}{% endfor %}z',
    others: { i: '{% cache "c", x %}{{ x | later }}{% endcache %}' },
    stock: false,
    broken: 'wrong',
  },
  'asynchronous body that includes what waits, in a loop': {
    page: '{% for x in [1, 2] %}{% cache "c", x %}{% include "i" %}{% endcache %}{% endfor %}z',
    others: { i: '{{ x | later }}' },
    stock: false,
    broken: 'wrong',
  },
  'asynchronous body in a loop over keys and values': {
    page: '{% for k, v in { a: 1, b: 2 } %}{% cache "c", k %}{% set y = v | later %}{{ k }}{{ y }}{% if v | later %}!{% endif %}{% endcache %}{% endfor %}z',
    stock: false,
  },
  'asynchronous body with super(), in a loop over pairs': {
    page: '{% extends "base" %}{% block b %}{% for k, v in [["a", 1], ["b", 2]] %}{% cache "c", k %}{{ super() }}{{ v | later }}{% endcache %}{% endfor %}{% endblock %}',
    others: { base: '{% block b %}base{% endblock %}' },
    stock: false,
  },
  'asynchronous body that calls back at once, in a macro': {
    page: '{% macro q(x) %}[{% cache "c", x %}{{ x | soon }}{% endcache %}]{% endmacro %}{{ q(1) }}{{ q(2) | upper }}',
    stock: false,
  },
  'asynchronous body with loops and conditions': {
    page: '{% cache "d" %}{% for x in [1, 2] %}{{ x | later }}{% if x == 1 %}{{ "q" | soon }}{% endif %}{{ loop.index }}{% endfor %}{% asyncAll x in [1, 2] %}{{ x | later }}{% endall %}{% set v %}{{ 3 }}{% endset %}{{ v }}{% endcache %}',
    stock: false,
  },
  'asynchronous loop around fragments': {
    page: '{% for x in [1, 2] %}{{ x | later }}{% cache "c", x %}{{ loop.index }}{{ loop.last }}{{ x }}{% endcache %}{{ loop.index }}{% for y in [1, 2] %}{{ loop.index }}{% cache "d", x, y %}{{ x }}{{ y }}{{ loop.index }}{% endcache %}{% endfor %}{{ loop.index }}{% endfor %}',
  },
  'asynchronous filter of a text': {
    page: `${M}{{ m(1) | later }}{{ m(2) | soon | upper }}{% set v = m(3) | later %}{{ v }}{% if m(4) | later %}x{% endif %}`,
  },
  'asynchronous filter of a list of texts': {
    page: `${M}{{ [m(1)] | later }}{% for c in [m(2)] | later %}{{ c }}{% endfor %}`,
  },
  'asynchronous filter with texts for arguments': {
    page: `${M}{{ "a" | cat(m(1), c=m(2)) }}`,
    setUp: (environment) => {
      environment.addFilter(
        'cat',
        (a: string, b: unknown, { c }: { c: unknown }, done: (error: null, text: string) => void) => {
          setImmediate(() => done(null, `${a}${b}${c}`))
        },
        true,
      )
    },
  },
  'asynchronous foreign tag of texts': {
    page: `${M}{% shoutlater m(1) %}x{{ m(2) }}{% endshoutlater %}{% shoutlater [m(3)] %}y{% endshoutlater %}`,
  },
  'foreign tag of texts': {
    page: `${M}{% shout m(1) %}x{{ m(2) }}{% endshout %}{% shout [m(3)] %}y{% endshout %}`,
  },
  'foreign tag in a loop in a macro': {
    page: '{% macro q(x) %}{% for y in [1, 2] %}{% shout x %}{{ y }}a{% cache "c", x, y %}{{ x }}b{{ y }}{% endcache %}{% endshout %}{% endfor %}{% endmacro %}{{ q(slow) }}{{ q("t") | lower }}',
  },
  'asynchronous loop over rows': {
    page: '{% set rows = [] %}{% asyncEach x in [1, 2, 3] %}{% set _ = rows.push(x) %}{{ x | later }}{% cache "r", x %}{{ rows | join("+") }}{% endcache %}{% endeach %}{{ rows | length }}',
  },
  'functions that read and set names': {
    page: "{% set a = 5 %}{{ get('a') }}{% cache 'c' %}{{ get('a') }}{% endcache %}{% set a = 6 %}{{ get('a') }}{{ put('q', 1) }}{% cache 'd' %}{{ q }}{% endcache %}{{ put('q', 2) }}{% cache 'e' %}{{ q }}{{ put('w', 1) }}{{ w }}{% endcache %}{{ q }}",
    setUp: (environment) => {
      interface Context {
        lookup(name: string): unknown
        setVariable(name: string, value: unknown): void
      }
      environment.addGlobal('get', function (this: Context, name: string) {
        return this.lookup(name)
      })
      environment.addGlobal('put', function (this: Context, name: string, value: unknown) {
        this.setVariable(name, value)
        return ''
      })
    },
  },
}
