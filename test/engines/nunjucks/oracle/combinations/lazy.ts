import { type Entries, M } from './entry.ts'

/** Lazy values, by every path that reads them. */
export const lazy: Entries = {
  'lazy, and nothing': {
    page: '{{ nul }}{{ undef }}{{ nul | default("d", true) }}{{ undef | default("u") }}{% if undef is defined %}def{% else %}undef{% endif %}{% cache "c" %}{{ nul }}{{ undef | default("u") }}{% endcache %}{{ undef.a.b }}',
  },
  'lazy, a function': {
    page: '{{ slowFn(1) }}{% cache "c" %}{{ slowFn(slow) }}{% endcache %}{{ twice(slow) }}',
  },
  'lazy, the name of an include': {
    page: '{% include plainName %}{% cache "c" %}{% include plainName %}{% endcache %}{% for x in [1, 2] %}{% include plainName %}{% endfor %}',
    others: { plain: '[{{ slow }}{{ x }}]' },
  },
  'lazy, the name of an import': {
    page: '{% import plainName as lib %}{{ lib.p(slow) }}{% from plainName import p %}{% cache "c" %}{{ lib.p(slow) }}{{ p(1) }}{% endcache %}',
    others: { plain: '{% macro p(x) %}({{ x }}){% endmacro %}' },
  },
  'lazy, in an object that is looped over': {
    page: '{% for k, v in slowMap %}{{ k }}{{ v }}{% cache "c", k %}{{ v }}{% endcache %}{% endfor %}{% for k, v in { x: slow } %}{{ k }}{{ v }}{% cache "d", k, v %}{{ v }}{% endcache %}{% endfor %}',
  },
  'lazy, the second of three conditions': {
    page: '{% if no %}{% set v = 1 %}{% elif yes %}{% set v = 2 %}{% else %}{% set v = 3 %}{% endif %}{{ v }}{% cache "c", v %}{{ v }}{% endcache %}{% if v == 2 %}two{% endif %}',
  },
  'lazy, summed up in a loop': {
    page: '{% set v = 0 %}{% for f in slowFilms %}{% set v = v + f.id %}{% endfor %}{{ v }}{% cache "c", v %}{{ v }}{% endcache %}{% for x in [1, 2] %}{% if yes %}{% set v = v ~ x %}{% endif %}{% cache "d", v %}{{ v }}{% endcache %}{% endfor %}{{ v }}',
  },
  'lazy, around a macro and an import': {
    page: '{% if yes %}{% macro q(x) %}q{{ x }}{{ slow }}{% endmacro %}{% import "lib" as lib %}{{ lib.p(slow) }}{% endif %}{{ q(1) }}{% cache "c" %}{{ q(2) }}{% endcache %}',
    others: { lib: '{% macro p(x) %}({{ x }}){% endmacro %}' },
  },
  'lazy, the default of an argument': {
    page: '{% macro q(a, b=slow, c=box.slow.inner) %}{{ a }}{{ b }}{{ c }}{% cache "c", a %}{{ b }}{{ c }}{% endcache %}{% endmacro %}{{ q(1) }}{{ q(2, b="B") | upper }}',
  },
  'lazy, the argument of a filter': {
    page: '{{ "a" | default(slow) }}{{ "xsx" | replace("s", slow) }}{{ [slow, n] | join(slow) }}{{ slow | upper | lower | replace("s", slow) }}{% cache "c" %}{{ [slow] | join }}{% endcache %}',
  },
  'lazy, in tests and operators': {
    page: '{{ slow is string }}{{ slowFilms is iterable }}{{ "s" in slow }}{{ slow == "slow <value>" }}{{ slow ~ slow }}{{ not no }}{{ slow if yes else n }}{{ (slow and n) or no }}{{ slowFilms | length + 1 }}',
  },
  'lazy, a case of a switch': {
    page: '{% switch "slow <value>" %}{% case slow %}S{% set v = 1 %}{% default %}D{% set v = 2 %}{% endswitch %}{{ v }}{% cache "c", v %}{{ v }}{% endcache %}{% macro q() %}{% switch 1 %}{% case slow %}S{% default %}D{% endswitch %}{% endmacro %}{{ q() }}{{ q() | lower }}{% cache "d" %}{{ q() }}{% endcache %}',
  },
  'lazy, an argument of a caller': {
    page: '{% macro b(x) %}<{{ caller(x) }}>{% endmacro %}{% call(y) b(slow) %}{{ y }}{{ box.slow.inner }}{% cache "c", y %}{{ y }}{{ slow }}{% endcache %}{% endcall %}{% cache "d" %}{% call(y) b(slow) %}{{ y }}{{ slow }}{% endcall %}{% endcache %}',
  },
  'lazy, in asynchronous conditions and loops': {
    page: '{% ifAsync yes %}{{ slow | later }}{% set v = 1 %}{% else %}{% set v = 2 %}{% endif %}{{ v }}{% if yes %}{{ slow | later }}{% set w = 1 %}{% else %}{{ n | later }}{% set w = 2 %}{% endif %}{{ w }}{% set u = 0 %}{% for f in slowFilms %}{{ f.name | later }}{% set u = u + f.id %}{% cache "c", u %}{{ u }}{{ f.name }}{{ loop.index }}{% endcache %}{% endfor %}{{ u }}',
  },
  'lazy, in a text that is set and used': {
    page: '{% set b %}{% cache "h" %}h{{ slow }}{% endcache %}{% endset %}{% cache "c" %}{{ b }}{% endcache %}{{ b | upper }}{% filter replace("s", slow) %}sss{% cache "d" %}s{{ n }}{% endcache %}{% endfilter %}',
  },
  'lazy, whether and how long to cache': {
    page: '{% cache "c", if=yes %}{{ slow }}{% endcache %}{% cache "d", if=no %}{{ slow }}{% endcache %}{% for x in [1, 2] %}{% cache "e", if=loop.first %}{{ slow }}{% endcache %}{% endfor %}{% cache "f", ttl=time %}f{% endcache %}',
    data: (load) => ({
      yes: load(() => true),
      no: load(() => false),
      slow: load(() => 's'),
      time: load(() => '5m'),
    }),
    misses: 2,
  },
  'lazy and text together': {
    page: `${M}{{ m(slow) | upper }}{{ slow }}{% cache "c", m(box.slow.inner) %}{{ slow }}{% endcache %}`,
  },
}
