import type { Entries } from './entry.ts'

/** Loops, and what a template names `loop`. */
export const flow: Entries = {
  'loop, kept under another name': {
    page: '{% for x in xs %}{% set outer = loop %}{% for t in [1, 2] %}{% cache "c", outer.index, t %}{{ outer.index }}.{{ loop.index }}{{ outer.last }}{% endcache %}{% endfor %}{% endfor %}',
  },
  'loop, handed to a macro': {
    page: '{% macro at(l) %}{{ l.index }}{% cache "c", l.index %}{{ l.index }}/{{ l.length }}{% endcache %}{% endmacro %}{% for x in xs %}{{ at(loop) }}{% endfor %}',
  },
  'loop, in a list': {
    page: '{% set ls = [] %}{% for x in xs %}{% set _ = ls.push(loop) %}{% cache "c", loop.index %}{% for l in ls %}{{ l.index }}{% endfor %}{% endcache %}{% endfor %}{{ ls[0].index }}',
  },
  'loop over an array and an object by one tag': {
    page: '{% for o in [[["k", 1]], { k: 1 }] %}{% for k, v in o %}{% cache "c", loop.index, k, v %}{{ k }}{{ v }}{{ loop.index }}{% endcache %}{% endfor %}{% endfor %}',
  },
  'loop over three names': {
    page: '{% for a, b, c in [[1, 2, 3], [4, 5, 6]] %}{{ a }}{{ c }}{% cache "c", a %}{{ a }}{{ b }}{{ c }}{{ loop.last }}{% endcache %}{% endfor %}',
  },
  'loop over what is iterable': {
    page: '{% for k, v in m %}{% cache "c", k %}{{ k }}{{ v }}{% endcache %}{% endfor %}{% for s in set %}{{ s }}{% cache "d", s %}{{ s }}{{ loop.length }}{% endcache %}{% endfor %}{% for x in "abc" %}{{ x }}{% cache "s", x %}{{ x }}{% endcache %}{% endfor %}{% for x in each() %}{{ x }}{% endfor %}',
    data: () => ({
      m: new Map([
        ['a', 1],
        ['b', 2],
      ]),
      set: new Set([1, 2]),
      each: function* () {
        yield 1
        yield 2
      },
    }),
  },
  'loop over what is not': {
    page: '{% for x in 5 %}{{ x }}{% else %}e{% endfor %}{% for x in true %}{{ x }}{% else %}e{% endfor %}{% for x in { a: 1 } %}{{ x }}{% else %}e{% cache "c" %}c{% endcache %}{% endfor %}{% for a, b in 5 %}x{% else %}e{% endfor %}',
  },
  'undefined does not hide': {
    page: '{% set u = "outer" %}{% for u in [nothing, 1] %}{{ u }}{% cache "c", loop.index %}[{{ u }}]{% endcache %}{% endfor %}',
  },
  'a method that is printed': {
    page: '{{ o.f }}{% set f = o.f %}{{ f }}{{ f() }}{% cache "c" %}{{ o.f }}{% endcache %}',
    data: () => ({ o: { f: () => 'f' } }),
  },
  'members of classes': {
    page: '{{ c.x }}{{ c.m() }}{% for y in c %}{{ y }}{% endfor %}{% cache "k", c.x %}{{ c.x }}{{ c.m() }}{{ c.m("a") }}{{ c["x"] }}{% endcache %}',
    data: () => ({
      c: new (class {
        get x() {
          return 'x'
        }
        m(more = '') {
          return this.x + more
        }
        *[Symbol.iterator]() {
          yield 1
        }
      })(),
    }),
  },
}
