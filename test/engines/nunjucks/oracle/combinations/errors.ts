import type { Entries } from './entry.ts'

/** Pages that fail. */
export const errors: Entries = {
  'a lazy value that fails': {
    page: '{{ n }}{% cache "c" %}{{ bad.x }}{% endcache %}',
    data: (load) => ({
      bad: load(() => {
        throw new Error('no database')
      }),
    }),
    stock: false,
  },
  'a lazy value that would fail, and is not read': {
    page: '{% if false %}{{ bad }}{% endif %}{% cache "c" %}x{% endcache %}',
    data: (load) => ({
      bad: load(() => {
        throw new Error('no database')
      }),
    }),
    stock: false,
  },
  'an error for want of a lazy value': {
    page: '{{ f(x) }}{{ o[x].b.c() }}{{ x }}',
    data: (load) => ({
      f: (x: string) => {
        if (x !== 'ok') throw new Error(`not ${x}`)
        return 'fine'
      },
      x: load(() => 'ok'),
      o: { ok: { b: { c: () => 'C' } } },
    }),
  },
  'what a caller throws': {
    page: '{% macro b() %}{{ caller() }}{% endmacro %}{% call b() %}{% cache "c" %}{{ n }}{% endcache %}{{ nothing() }}{% endcall %}',
  },
  'no block above': {
    page: '{% block a %}{% cache "c" %}{{ n }}{% endcache %}{{ super() }}{% endblock %}',
  },
  'an import that is not exported': {
    page: '{% cache "c" %}{{ n }}{% endcache %}{% from "lib" import nothing %}',
    others: { lib: '' },
  },
  'an include that fails behind a text that is used': {
    page: '{% set t %}{% cache "f" %}f{% endcache %}{% endset %}{{ t | upper }}{% set v %}{% cache "g" %}g{% endcache %}{% endset %}{% if flag %}{% include "bad" %}{% endif %}{{ v }}',
    others: { bad: '{{ nope() }}' },
  },
  'an asynchronous body that fails': {
    page: '{% cache "f" %}{{ 1 | later }}{{ nope() }}{% endcache %}',
    stock: false,
  },
}
