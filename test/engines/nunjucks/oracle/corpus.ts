import type { Case, Load } from './oracle.ts'
import { setUp } from './setup.ts'

const films = () => [
  { id: 1, name: 'Alien <1979>', tags: ['space', 'horror'] },
  { id: 2, name: 'Brazil', tags: ['future'] },
  { id: 3, name: "C'est \\ arrivé", tags: [] },
]

/** The data of every page of the corpus. */
function data(load: Load, visitor: string): object {
  return {
    visitor,
    title: 'A "title" & more',
    html: '<b>bold</b>',
    n: 3,
    none: null,
    flag: true,
    xs: ['a', 'b', 'a', '<c>'],
    pairs: [
      ['k1', 1],
      ['k2', 2],
    ],
    films: films(),
    map: { one: 1, two: { deep: 'three' } },
    kind: 'plain',
    slow: load(() => 'slow <value>'),
    slowFilms: load(() => films()),
    box: {
      slow: load(() => ({ inner: load(() => 'inner'), list: ['p', 'q'] })),
      list: [load(() => 'l0'), load(() => 'l1')],
    },
    key: 'slow',
  }
}

interface Entry extends Partial<Case> {
  page: string
  others?: Record<string, string>
}

const corpus: Record<string, Entry> = {
  'top level': {
    page: 'a{% cache "c" %}{{ title }}{{ html | safe }}{% endcache %}b {{ visitor }}',
  },
  several: {
    page: '{% cache "a" %}1{% endcache %}{% cache "b", n %}{{ n }}{% endcache %} {{ visitor }}{% cache "a" %}other{% endcache %}',
  },
  if: {
    page: '{% if flag %}{% cache "c" %}yes{{ n }}{% endcache %}{% else %}{% cache "d" %}no{% endcache %}{% endif %}{% if not flag %}x{% elif n == 3 %}{% cache "e" %}three{% endcache %}{% endif %}',
  },
  condition: {
    page: '{% for x in xs %}{% cache "c", x, if=x != "b" %}[{{ x }}]{% endcache %}{% endfor %}',
  },
  'inline if': {
    page: '{{ "a" if flag else "b" }}{% cache "c" %}{{ n if flag }}{{ n if not flag }}{% endcache %}',
  },
  for: {
    page: '{% for x in xs %}{{ loop.index }}{% cache "c", x, loop.index %}{{ x }}{{ loop.index }}/{{ loop.length }}{{ loop.first }}{{ loop.last }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.index0 }}{% endcache %}{% else %}none{% endfor %}',
  },
  'for, one key thrice': {
    page: '{% for x in [1, 2, 3] %}{% cache "same" %}same{% endcache %}{% endfor %}',
  },
  'for over an object': {
    page: '{% for k, v in map %}{{ k }}{% cache "c", k %}{{ k }}={{ v.deep or v }}{{ loop.index }}{% endcache %}{% endfor %}',
  },
  'for over pairs': {
    page: '{% for k, v in pairs %}{% cache "c", k %}{{ k }}={{ v }}{{ loop.last }}{% endcache %}{% endfor %}',
  },
  'for, nothing': {
    page: '{% for x in [] %}{{ x }}{% else %}{% cache "c" %}empty{% endcache %}{% endfor %}{% for x in nothing %}a{% endfor %}{% for k, v in nothing %}a{% else %}b{% endfor %}',
  },
  'nested loops': {
    page: '{% for f in films %}{{ loop.index }}:{% for t in f.tags %}{{ loop.index }}{% cache "c", f.id, t %}{{ f.name }}-{{ t }}-{{ loop.index }}-{{ loop.length }}{% endcache %}{% endfor %}{{ loop.index }}{% cache "d", f.id %}{{ loop.index }}{{ f.name }}{% endcache %}{% endfor %}',
  },
  'loop as a whole': {
    page: '{% for x in xs %}{% cache "c", loop.index %}{% set l = loop %}{{ l.index }}{{ l.last }}{% include "loop" %}{% endcache %}{% endfor %}',
    others: { loop: '({{ loop.index }}{{ x }})' },
  },
  'loop.index of an outer loop': {
    page: '{% for x in xs %}{% set outer = loop %}{% set at = loop.index %}{% for t in [1, 2] %}{% cache "c", at, t %}{{ at }}.{{ t }}.{{ loop.index }}{% endcache %}{% endfor %}{% endfor %}',
  },
  set: {
    page: '{% set a = 1 %}{% cache "c" %}{{ a }}{% set b = a + 1 %}{{ b }}{% endcache %}{% set a = 2 %}{% cache "d" %}{{ a }}{% endcache %}{{ a }}{% set x, y = 5 %}{% cache "e" %}{{ x }}{{ y }}{% endcache %}',
  },
  'set in a loop': {
    page: '{% set last = "" %}{% for x in xs %}{% cache "c", loop.index %}{{ last }}>{{ x }}{% endcache %}{% set last = x %}{% endfor %}{{ last }}',
  },
  'set in an if in a loop': {
    page: '{% set seen = 0 %}{% for x in xs %}{% if x == "a" %}{% set seen = seen + 1 %}{% endif %}{% cache "c", seen, loop.index %}{{ seen }}{% endcache %}{% endfor %}{{ seen }}',
  },
  'set block': {
    page: '{% set h %}<i>{{ title }}</i>{% endset %}{% cache "c" %}{{ h }}{{ h | safe }}{% endcache %}{% set g %}x{% cache "d" %}<u>{% endcache %}y{% endset %}{{ g }}{{ g | safe }}{{ g | length }}',
  },
  'set block, not read': {
    page: '{% set g %}{% cache "d" %}<u>{% endcache %}{% endset %}done',
  },
  'set block within a body': {
    page: '{% cache "c" %}{% set h %}{{ n }}{{ title }}{% endset %}{{ h }}{{ h | upper }}{% endcache %}',
  },
  'rows that grow': {
    page: '{% set rows = [] %}{% for x in xs %}{% set rows = (rows.push(x), rows) %}{% cache "r", loop.index %}{{ rows | join("+") }}{% endcache %}{% endfor %}{{ rows | length }}',
    stock: true,
  },
  'rows that grow in a body': {
    page: '{% cache "c" %}{% set rows = [] %}{% for x in xs %}{% set rows = (rows.push(x ~ "!"), rows) %}{% endfor %}{{ rows | join }}{% endcache %}',
  },
  "the data's own rows": {
    page: '{% for x in [1, 2] %}{% if xs.push(x) %}{% endif %}{% cache "r", x %}{{ xs | join }}{{ slow }}{% endcache %}{{ slow }}{% endfor %}{{ xs | length }}',
  },
  'rows sorted and cut': {
    page: '{% set rows = [3, 1, 2] %}{% cache "a" %}{{ rows }}{% endcache %}{% set _ = rows.sort() %}{% cache "b" %}{{ rows }}{% endcache %}{% set _ = rows.pop() %}{{ rows }}{% cache "c" %}{{ rows.length }}{% endcache %}',
  },
  include: {
    page: '{% include "inc" %}{% cache "c" %}{% include "plain" %}{% endcache %}',
    others: {
      inc: 'i{% cache "i", n %}{{ n }}{{ title }}{% endcache %}',
      plain: 'p{{ n }}{{ visitorless }}',
    },
  },
  'include in a loop': {
    page: '{% for x in xs %}{% include "card" %}{% endfor %}',
    others: { card: '{% cache "card", x, loop.index %}{{ x }}{{ loop.index }}{% endcache %}' },
  },
  'include by a computed name': {
    page: '{% for f in films %}{% cache "c", f.id %}{% include "card-" + kind %}{% endcache %}{% include ["missing", "card-" + kind] if false else "card-" + kind %}{% endfor %}',
    others: { 'card-plain': '<{{ f.name }}>' },
  },
  'include, missing ones ignored': {
    page: '{% include "nowhere" ignore missing %}{% cache "c" %}a{% include "nowhere" ignore missing %}b{% endcache %}',
  },
  'include of an include': {
    page: '{% include "one" %}',
    others: {
      one: '1{% include "two" %}{% cache "o" %}{% include "three" %}{% endcache %}',
      two: '2{% cache "t" %}{{ n }}{% endcache %}',
      three: '3{{ title }}',
    },
  },
  'recursive include': {
    page: '{% set depth = 3 %}{% include "rec" %}{% cache "c" %}{% include "rec" %}{% endcache %}',
    others: { rec: '{{ depth }}{% if depth > 0 %}{% set depth = depth - 1 %}{% include "rec" %}{% endif %}' },
  },
  'include sets nothing outside': {
    page: '{% set a = 1 %}{% include "s" %}{{ a }}{% cache "c" %}{% include "s" %}{{ a }}{% endcache %}',
    others: { s: '{% set a = 2 %}{{ a }}' },
  },
  extends: {
    page: '{% extends "base" %}{% block a %}{% cache "c" %}child {{ n }}{% endcache %}{{ super() }}{% endblock %}',
    others: {
      base: 'top{% block a %}base {% cache "d" %}{{ title }}{% endcache %}{% endblock %}{% block b %}b{% cache "e" %}{{ n }}{% endcache %}{% endblock %}end {{ visitor }}',
    },
  },
  'extends twice, super twice': {
    page: '{% extends "mid" %}{% block a %}1{{ super() }}{% cache "c" %}{{ super() | length }}x{% endcache %}{% endblock %}',
    others: {
      mid: '{% extends "base" %}{% block a %}2{{ super() }}{% endblock %}',
      base: '<{% block a %}3{{ n }}{% endblock %}>',
    },
    stock: false,
  },
  'super in a body': {
    page: '{% extends "base" %}{% block a %}{% cache "c" %}[{{ super() }}]{% endcache %}{% endblock %}',
    others: { base: '<{% block a %}3<i>{{ title }}</i>{% endblock %}>' },
    stock: false,
  },
  'super with a fragment in it': {
    page: '{% extends "base" %}{% block a %}{{ super() }}{{ super() | upper }}{% endblock %}',
    others: { base: '<{% block a %}3{% cache "c" %}<i>{{ title }}</i>{% endcache %}{% endblock %}>' },
  },
  'extends by a computed name': {
    page: '{% extends "base-" + kind %}{% block a %}{% cache "c" %}x{% endcache %}{% endblock %}',
    others: { 'base-plain': '<{% block a %}{% endblock %}>' },
  },
  'extends by a lazy name': {
    page: '{% extends box.slow.inner %}{% block a %}{% cache "c" %}x{{ slow }}{% endcache %}{% endblock %}',
    others: { inner: '<{% block a %}{% endblock %}{{ slow }}>' },
  },
  'set at the top of a child': {
    page: '{% extends "base" %}{% set a = 5 %}{% block a %}{{ a }}{% cache "c" %}{{ a }}{% endcache %}{% endblock %}',
    others: { base: '{{ a }}<{% block a %}{% endblock %}>' },
  },
  'block in a loop': {
    page: '{% extends "base" %}{% block a %}{{ x }}{% cache "c", x %}{{ x }}{% endcache %}{% endblock %}',
    others: { base: '{% for x in xs %}{% block a %}{% endblock %}{% endfor %}' },
  },
  macro: {
    page: '{% macro m(x, y="d") %}<i>{{ x }}{{ y }}{{ n }}</i>{% cache "c", x, y %}{{ x }}{{ y }}{% endcache %}{% endmacro %}{{ m(1) }}{{ m(2, "<e>") }}{{ m(3, y=4) }}{{ m(1) }}',
  },
  'macro, its text used': {
    page: '{% macro m(x) %}<i>{{ x }}{% cache "c", x %}{{ x }}b{% endcache %}</i>{% endmacro %}{{ m(1) | upper }}{{ "a" ~ m(2) }}{% if m(3) == "x" %}no{% endif %}{{ m(4) | length }}{{ m(5) | safe }}{{ m(6) | replace("b", "c") }}{% if m(7) %}yes{% endif %}{{ m(8) | striptags | truncate(3) }}',
  },
  'macro in a macro': {
    page: '{% macro a(x) %}({{ x }}{% cache "a", x %}{{ x }}{% endcache %}){% endmacro %}{% macro b(x) %}[{{ a(x) }}{{ a(x) | upper }}]{% endmacro %}{{ b("q") }}{{ b("r") }}',
  },
  'macro, plain, in a body': {
    page: '{% macro m(x) %}<i>{{ x }}{{ n }}</i>{% endmacro %}{% cache "c" %}{{ m(1) }}{{ m(title) }}{% endcache %}',
  },
  'macro sees what a body sets': {
    page: '{% macro m() %}{{ a }}{% endmacro %}{% set a = 1 %}{% cache "c" %}{{ m() }}{% endcache %}{% set a = 2 %}{{ m() }}{% cache "d" %}{{ m() }}{% endcache %}',
  },
  'recursive macro': {
    page: '{% macro m(k) %}{{ k }}{% if k > 0 %}{{ m(k - 1) }}{% endif %}{% endmacro %}{{ m(3) }}{% cache "c" %}{{ m(2) }}{% endcache %}',
  },
  'macro made in a body': {
    page: '{% cache "c" %}{% macro m(x) %}<{{ x }}>{% endmacro %}{{ m(n) }}{% endcache %}',
  },
  'macro with a set block': {
    page: '{% macro m(x) %}{% set h %}{% cache "c", x %}{{ x }}{% endcache %}{% endset %}{{ h }}{{ h }}{% endmacro %}{{ m(1) }}{{ m("<") }}',
  },
  import: {
    page: '{% import "lib" as lib %}{{ lib.m(1) }}{% cache "c" %}{{ lib.plain(n) }}{{ lib.value }}{% endcache %}{% from "lib" import m, plain as p %}{{ m(2) | upper }}{{ p(3) }}{% cache "d" %}{{ p(4) }}{% endcache %}',
    others: {
      lib: '{% macro m(x) %}<{{ x }}{% cache "m", x %}{{ x }}{{ n }}{% endcache %}>{% endmacro %}{% macro plain(x) %}({{ x }}{{ n }}){% endmacro %}{% set value = "v" %}',
    },
  },
  'import in a body': {
    page: '{% cache "c" %}{% import "lib" as lib %}{{ lib.plain(n) }}{% from "lib" import plain %}{{ plain(2) }}{% endcache %}',
    others: { lib: '{% macro plain(x) %}({{ x }}{{ n }}){% endmacro %}' },
  },
  'import with context': {
    page: '{% set a = 7 %}{% import "lib" as lib with context %}{{ lib.plain(1) }}{% cache "c" %}{{ lib.plain(2) }}{% endcache %}{% from "lib" import plain with context %}{{ plain(3) }}',
    others: { lib: '{% macro plain(x) %}({{ x }}{{ n }}{{ a }}){% endmacro %}' },
  },
  call: {
    page: '{% macro box(t) %}<b title="{{ t }}">{{ caller() }}</b>{% endmacro %}{% call box("x") %}in{% cache "c" %}{{ n }}{% endcache %}{% endcall %}{% for x in xs %}{% call box(x) %}{% cache "d", x, loop.index %}{{ x }}{% endcache %}{{ x }}{% endcall %}{% endfor %}',
  },
  'call with arguments': {
    page: '{% macro each(list) %}{% for i in list %}{{ caller(i) }}{% endfor %}{% endmacro %}{% call(i) each(xs) %}<{{ i }}>{% cache "c", i %}{{ i }}{% endcache %}{% endcall %}',
  },
  'call in a body': {
    page: '{% macro box(t) %}<b>{{ t }}{{ caller() }}</b>{% endmacro %}{% cache "c" %}{% call box("x") %}in {{ title }}{% endcall %}{% endcache %}',
  },
  'filter block': {
    page: '{% filter upper %}a{{ title }}{% cache "c" %}<b>{{ n }}b</b>{% endcache %}{% endfilter %}{% cache "d" %}{% filter replace("a", "o") %}banana{{ n }}{% endfilter %}{% endcache %}',
  },
  'filter block in a loop': {
    page: '{% for x in xs %}{% filter upper %}{% cache "c", x %}v{{ x }}{% endcache %}{% endfilter %}{% endfor %}',
  },
  switch: {
    page: '{% for x in xs %}{% switch x %}{% case "a" %}A{% cache "c" %}a{{ n }}{% endcache %}{% case "b" %}{% case "z" %}BZ{% default %}{% cache "d", x %}d{{ x }}{% endcache %}{% endswitch %}{% endfor %}{% cache "s" %}{% switch n %}{% case 3 %}three{% default %}other{% endswitch %}{% endcache %}',
  },
  'raw and comments': {
    page: '{% raw %}{{ not }}{% cache "x" %}{% endraw %}{# {% cache "y" %} #}{% cache "c" %}{% raw %}{{ raw }}{% endraw %}{# no #}{{ n }}{% endcache %}',
  },
  'white space': {
    page: '  {%- cache "c" -%}  {{ n }}  {%- endcache -%}  x {%- for x in xs -%}  {{ x }} {%- cache "d", x %} y {% endcache %} {%- endfor %}',
  },
  'trimBlocks and lstripBlocks': {
    page: 'a\n  {% cache "c" %}\n  {{ n }}\n  {% endcache %}\nb\n  {% if flag %}\n  {% cache "d" %}\n x\n  {% endcache %}\n  {% endif %}\n',
    options: { trimBlocks: true, lstripBlocks: true },
  },
  'other delimiters': {
    page: 'a<% cache "c" %><$ n $><% endcache %><$ title $>{{ n }}',
    options: {
      tags: {
        blockStart: '<%',
        blockEnd: '%>',
        variableStart: '<$',
        variableEnd: '$>',
        commentStart: '<#',
        commentEnd: '#>',
      },
    },
  },
  'autoescape off': {
    page: '{{ title }}{% cache "c" %}{{ title }}{{ html }}{{ title | escape }}{% endcache %}{% macro m() %}<{% cache "d" %}{{ html }}{% endcache %}{% endmacro %}{{ m() }}{{ m() | upper }}{% set h %}{% cache "e" %}<{% endcache %}{% endset %}{{ h }}',
    options: { autoescape: false },
  },
  'undefined is an error': {
    page: '{% cache "c" %}{{ n }}{{ nothing }}{% endcache %}',
    options: { throwOnUndefined: true },
  },
  'in an attribute': {
    page: '<a title="{% cache "c" %}{{ title }}{% endcache %}" href="{% cache "d" %}/{{ n }}{% endcache %}">x</a>',
  },
  'in a script': {
    page: '<script>var x = {% cache "c" %}{{ map | dump | safe }}{% endcache %}</script>',
  },
  'asynchronous filter on the page': {
    page: '{{ title | later }}{% cache "c" %}{{ n }}{% endcache %}{{ n | soon }}{% for x in xs %}{% cache "d", x %}{{ x }}{% endcache %}{% endfor %}{{ "z" | later }}',
  },
  'asynchronous filter in a body': {
    page: '{% cache "c" %}{{ title | later }}{{ n | soon }}{% endcache %}{% cache "d" %}{% if flag %}{{ n | later }}{% endif %}{% endcache %}end',
    stock: false,
  },
  asyncEach: {
    page: '{% asyncEach x in xs %}{{ loop.index }}{{ x | later }}{% cache "c", x, loop.index %}{{ x }}{{ loop.index }}{% endcache %}{% endeach %}done',
  },
  asyncAll: {
    page: '{% asyncAll x in xs %}<{{ x }}{% cache "c", x %}{{ x }}{% endcache %}{{ x | later }}>{% endall %}done',
  },
  'asyncEach over pairs': {
    page: '{% asyncEach k, v in map %}{{ k }}{% cache "c", k %}{{ k }}{% endcache %}{% endeach %}{% asyncAll v, x in pairs %}{{ v }}{{ x }}{% cache "d", v %}{{ x }}{% endcache %}{% endall %}',
  },
  'asyncEach in a body': {
    page: '{% cache "c" %}{% asyncEach x in xs %}{{ x | later }}{% endeach %}{% endcache %}',
    stock: false,
  },
  ifAsync: {
    page: '{% ifAsync flag %}{{ n | later }}{% cache "c" %}{{ n }}{% endcache %}{% endif %}{% ifAsync not flag %}x{% else %}{% cache "d" %}else{% endcache %}{% endif %}',
  },
  'foreign tag around a fragment': {
    page: '{% shout "?" %}a{{ title }}{% cache "c" %}<b>{{ n }}q</b>{% endcache %}{% endshout %}',
  },
  'foreign tag in a body': {
    page: '{% cache "c" %}x{% shout "!" %}a{{ n }}{% endshout %}{% endcache %}',
  },
  'foreign asynchronous tag around a fragment': {
    page: 'x{% shoutlater "?" %}a{{ title }}{% cache "c" %}<b>{{ n }}q</b>{% endcache %}{% endshoutlater %}y',
  },
  'foreign asynchronous tag in a body': {
    page: '{% cache "c" %}x{% shoutlater "!" %}a{{ n }}{% endshoutlater %}{% endcache %}',
    stock: false,
  },
  globals: {
    page: '{% for i in range(3) %}{% cache "c", i %}{{ i }}{{ twice(n) }}{% endcache %}{% endfor %}{% set cyc = cycler("odd", "even") %}{% for x in xs %}{% set c = cyc.next() %}{% cache "d", c, loop.index %}{{ c }}{% endcache %}{% endfor %}{% set j = joiner(",") %}{% for x in xs %}{{ j() }}{{ x }}{% endfor %}',
  },
  'tests and operators': {
    page: '{% cache "c" %}{{ n is odd }}{{ n in [1, 3] }}{{ "a" in xs }}{{ not flag }}{{ n ** 2 // 2 % 3 }}{{ -n }}{{ "x" if n > 2 and flag or none else "y" }}{{ nothing is undefined }}{{ r/a+/ig }}{% endcache %}{{ n == 3 }}{{ n === "3" }}',
  },
  literals: {
    page: '{% cache "c" %}{{ [1, "a", [2]] }}{{ { a: 1, "b": 2 }.b }}{{ (1, 2) }}{{ true }}{{ none }}{{ 1.5 }}{{ "q\\"uote" }}{% endcache %}{{ [n, title] | join("|") }}',
  },
  'lazy values': {
    page: '{{ slow }}{% cache "c" %}{{ slow }}{{ box.slow.inner }}{{ box[key].list[1] }}{{ box.list[0] }}{% endcache %}{{ box.list[1] }}',
  },
  'lazy loop': {
    page: '{% for f in slowFilms %}{% cache "c", f.id %}{{ f.name }}{{ loop.length }}{% endcache %}{% endfor %}{% for x in box.slow.list %}{{ x }}{% endfor %}{% for x in box.list %}{{ loop.index }}{{ x }}{% endfor %}',
  },
  'lazy loop in a body': {
    page: '{% cache "c" %}{% for f in slowFilms %}{{ f.name }}{{ loop.index }}{% endfor %}{% endcache %}',
  },
  'lazy, in a condition': {
    page: '{% if slow == "slow <value>" %}{% cache "c" %}yes{% endcache %}{% set a = 1 %}{% else %}{% set a = 2 %}{% endif %}{{ a }}{% cache "d", a %}{{ a }}{% endcache %}',
  },
  'lazy, in a set': {
    page: '{% set a = slow %}{% set b = a ~ "!" %}{{ b }}{% cache "c", b %}{{ a }}{{ b }}{% endcache %}',
  },
  'lazy, in a filter': {
    page: '{{ slow | upper }}{{ slowFilms | length }}{{ slowFilms | first | dump }}{% cache "c" %}{{ slow | replace("s", "z") }}{% endcache %}{{ "a" | default(slow) }}',
  },
  'lazy, in an include': {
    page: '{% include "inc" %}{% cache "c" %}{% include "inc" %}{% endcache %}',
    others: { inc: '{{ slow }}{% for f in slowFilms %}{{ f.id }}{% endfor %}' },
  },
  'lazy, in a macro': {
    page: '{% macro m(x) %}<{{ x }}{% cache "c", x %}{{ x }}{% endcache %}>{% endmacro %}{{ m(slow) }}{{ m(box.slow.inner) }}{% cache "d" %}{{ slow }}{% endcache %}{% macro p(x) %}({{ x }}{{ slow }}){% endmacro %}{% cache "e" %}{{ p(slow) }}{% endcache %}{{ p(box.list[0]) | upper }}',
  },
  'lazy, in a call': {
    page: '{% macro box2(t) %}<b>{{ t }}{{ caller() }}</b>{% endmacro %}{% call box2(slow) %}{{ slow }}{% cache "c" %}{{ slow }}{% endcache %}{% endcall %}',
  },
  'lazy, in a set block and a filter block': {
    page: '{% set h %}{{ slow }}{% cache "c" %}{{ slow }}{% endcache %}{% endset %}{{ h }}{% filter upper %}{{ slow }}{% endfilter %}',
  },
  'lazy, in a switch': {
    page: '{% switch slow %}{% case "slow <value>" %}A{% set a = 1 %}{% default %}B{% set a = 2 %}{% endswitch %}{{ a }}',
  },
  'lazy, exported': {
    page: '{% import "lib" as lib %}{{ lib.v }}{{ lib.m() }}',
    others: { lib: '{% set v = "v" %}{% macro m() %}m{{ slow }}{% endmacro %}' },
  },
  'lazy, in a parent': {
    page: '{% extends "base" %}{% block a %}{{ super() }}{{ slow }}{% endblock %}',
    others: {
      base: '{{ slow }}{% block a %}{{ box.slow.inner }}{% cache "c" %}{{ slow }}{% endcache %}{% endblock %}',
    },
  },
  'lazy, as a key part': {
    page: '{% cache "c", slow %}{{ slow }}{% endcache %}{% for f in slowFilms %}{% cache "d", f.id, box.slow.inner %}{{ f.name }}{% endcache %}{% endfor %}',
  },
  'lazy, in an asynchronous filter': {
    page: '{{ slow | later }}{% cache "c" %}{{ n }}{% endcache %}{% asyncEach f in slowFilms %}{{ f.name | later }}{% endeach %}{% asyncAll f in slowFilms %}{{ f.name }}{% cache "d", f.id %}{{ slow }}{% endcache %}{% endall %}',
  },
  'lazy, in a foreign tag': {
    page: '{% shout slow %}{{ slow }}{% cache "c" %}{{ slow }}{% endcache %}{% endshout %}',
  },
  'text as a key part': {
    page: '{% macro m(x) %}{{ x }}{% cache "m", x %}{{ x }}{% endcache %}{% endmacro %}{% cache "c", m(1) %}a{% endcache %}{% set h %}{% cache "h" %}h{% endcache %}{% endset %}{% cache "d", h %}b{% endcache %}',
  },
  'text of the page in a body': {
    page: '{% macro m(x) %}<{{ x }}{% cache "m", x %}{{ x }}{% endcache %}>{% endmacro %}{% set a = m(1) %}{% set h %}[{% cache "h" %}h{% endcache %}]{% endset %}{% cache "c" %}{{ a }}{{ a | upper }}{{ h }}{% endcache %}{{ a }}',
  },
  'text in a list': {
    page: '{% macro m(x) %}<{{ x }}{% cache "m", x %}{{ x }}{% endcache %}>{% endmacro %}{% set a = [m(1), m(2)] %}{{ a | join("-") }}{{ a[0] }}{% for t in a %}{{ t }}{% endfor %}{% cache "c" %}{{ a[1] }}{% endcache %}',
  },
  'dynamic names': {
    page: '{% set name = "v" %}{% for x in xs %}{% cache "c", x ~ loop.index, { a: [x, n], b: flag } %}{{ x }}{% endcache %}{% endfor %}{% cache "d", n, "3", [1, 2], { b: 1, a: 2 } %}x{% endcache %}',
  },
  'an error in a body': {
    page: 'a{% cache "c" %}{{ nothing.at.all() }}{% endcache %}',
  },
  'an error on the page': {
    page: '{% cache "c" %}{{ n }}{% endcache %}{{ nothing() }}',
  },
  'an error in an include': {
    page: '{% cache "c" %}{{ n }}{% endcache %}{% include "bad" %}',
    others: { bad: '{{ nothing() }}' },
  },
  'a template that is not there': {
    page: '{% cache "c" %}{{ n }}{% endcache %}{% include "nowhere" %}',
  },
  'unknown filter': {
    page: '{% cache "c" %}{{ n | nofilter }}{% endcache %}',
  },
  nested: {
    page: '{% cache "a" %}a{% cache "b", n %}{{ n }}{% cache "c" %}{{ title }}{% endcache %}{% endcache %}{% for x in xs %}{% cache "d", x, loop.index %}{{ x }}{{ loop.index }}{% endcache %}{% endfor %}{% endcache %}{{ visitor }}',
  },
  'nested in loops, each its own variables': {
    page: '{% for f in films %}{% set at = loop.index %}{% cache "f", f.id %}{{ f.name }}{{ loop.index }}{% for t in f.tags %}{% set both = at ~ t %}{% cache "t", f.id, t %}{{ at }}{{ t }}{{ both }}{{ f.name }}{{ loop.index }}/{{ loop.length }}{% cache "u", both %}{{ both }}{{ f.id }}{{ loop.last }}{% endcache %}{% endcache %}{% endfor %}{% endcache %}{% endfor %}',
  },
  'nested through include, macro and import': {
    page: '{% import "lib" as lib %}{% macro m(x) %}<{{ x }}{% cache "m", x %}{{ x }}{% endcache %}>{% endmacro %}{% cache "a" %}{% include "inc" %}{{ m(1) }}{{ m(2) | upper }}{{ lib.l(n) }}{% set h %}{% cache "h" %}<u>{% endcache %}{% endset %}{{ h }}{% endcache %}',
    others: {
      inc: 'i{% cache "i" %}{{ n }}{% cache "j" %}{{ title }}{% endcache %}{% endcache %}',
      lib: '{% macro l(x) %}({{ x }}{% cache "l", x %}{{ x }}{% endcache %}){% endmacro %}',
    },
  },
  'nested in blocks': {
    page: '{% extends "base" %}{% block a %}{% cache "c" %}[{{ super() }}{% cache "k" %}k{{ n }}{% endcache %}]{% endcache %}{% endblock %}',
    others: { base: '<{% block a %}{% cache "s" %}s{{ title }}{% endcache %}{% endblock %}>' },
    stock: false,
  },
  'nested, lazy on each level': {
    page: '{% cache "a" %}{{ slow }}{% for f in slowFilms %}{% cache "b", f.id %}{{ f.name }}{{ box.slow.inner }}{% endcache %}{% endfor %}{% endcache %}',
  },
  'nested, rows that grow': {
    page: '{% set rows = [] %}{% for x in xs %}{% set rows = (rows.push(x), rows) %}{% cache "r", loop.index %}{{ rows | join }}{% cache "s", loop.index %}{{ rows | length }}{% endcache %}{% endcache %}{% endfor %}{{ rows | length }}',
  },
  'nested, set on each level': {
    page: '{% set a = 1 %}{% cache "a" %}{% set b = a + 1 %}{% cache "b" %}{% set c = b + 1 %}{{ a }}{{ b }}{{ c }}{% endcache %}{{ a }}{{ b }}{% endcache %}{{ a }}',
  },
  'nested, one key in two outer fragments': {
    page: '{% for x in [1, 2] %}{% cache "o", x %}{{ x }}{% cache "same" %}{{ n }}{% endcache %}{% endcache %}{% endfor %}',
  },
  'no fragment': {
    page: '{% for f in films %}{{ loop.index }}{{ f.name }}{% for t in f.tags %}{{ t }}{{ loop.last }}{% endfor %}{% endfor %}{{ visitor }}',
  },
  'names of our own': {
    page: '{% set v = 1 %}{% set m = 2 %}{% set output = 3 %}{% set runtime = 4 %}{% set own = 5 %}{% set vars = 6 %}{% set auto = 7 %}{% set frame = 8 %}{% set context = 9 %}{{ v }}{{ m }}{{ output }}{{ runtime }}{{ own }}{{ vars }}{{ auto }}{{ frame }}{{ context }}{% for v, m in map %}{{ v }}{{ m }}{% cache "c", v %}{{ v }}{{ own }}{{ vars }}{% endcache %}{% endfor %}{% asyncEach cb in [1] %}{{ cb }}{% endeach %}',
  },
  'what bodies add to the head': {
    page: '<head>{% cache "t" %}<title>{{ title }}</title>{% head %}0{% endhead %}{% endcache %}</head>{% for f in films %}{% cache "c", f.id %}{{ f.name }}{% head %}<link href="{{ f.id }}">{% endhead %}{% head %}<link href="all">{% endhead %}{% endcache %}{% endfor %}{% head %}<link href="page">{{ slow }}{% endhead %}',
    stock: false,
  },
  'nested with heads of an include and of a macro': {
    page: '{% from "m" import m %}<html><head></HEAD>{% cache "out" %}{% cache "in", n %}{% include "i" %}{{ m(n) }}{% endcache %}{% set x %}{% include "i" %}{% endset %}{{ x | upper }}{% endcache %}',
    others: {
      i: 'i{% head %}<i>{{ n }}</i>{% nocache %}{{ visitor }}{% endnocache %}{% endhead %}',
      m: '{% macro m(n) %}m{% head %}<m>{{ n }}</m>{% endhead %}{% endmacro %}',
    },
    stock: false,
  },
  'a head that ends in a fragment, and none at all': {
    page: '{% cache "h" %}<head></head>{% endcache %}{% cache "c" %}{% head %}1{% endhead %}{% endcache %}{% nocache %}{% head %}{{ visitor }}{% endhead %}{% endnocache %}',
    stock: false,
  },
  'nested with a hole': {
    page: '{% cache "c" %}{{ title }}{% nocache %}{{ visitor }}{{ slow }}{% endnocache %}{% cache "d" %}{{ n }}{% nocache t=title %}{{ t }}{{ visitor }}{% endnocache %}{% endcache %}{% endcache %}',
    stock: false,
  },
  'a hole in each turn of a loop': {
    page: '{% cache "c" %}{% for f in films %}{{ f.name }}{% nocache id=f.id, tags=f.tags, at=loop.index %}{{ at }}{{ id }}{{ tags | join }}{{ visitor }}{% for x in xs %}{{ x }}{% endfor %}{% endnocache %}{% endfor %}{% endcache %}',
    stock: false,
  },
  'nested with holes of an include and of a macro': {
    page: '{% from "m" import m %}{% cache "c" %}{% include "i" %}{{ m(n) }}{% filter upper %}x{% endfilter %}{% endcache %}{% include "i" %}{{ m(4) }}',
    others: {
      i: 'i{% nocache %}{{ visitor }}{% include "deep" %}{% endnocache %}',
      deep: '<{{ visitor }}{{ slowFilms[0].name }}>',
      m: '{% macro m(n) %}{% nocache n=n %}{{ n }}{{ visitor }}{{ big("a") }}{% endnocache %}{% endmacro %}{% macro big(s) %}{{ s | upper }}{% endmacro %}',
    },
    stock: false,
  },
  'a hole in a block and in a child of it': {
    page: '{% extends "base" %}{% block b %}{{ super() }}{% cache "c" %}{% nocache %}{{ visitor }}{% endnocache %}{% endcache %}{% endblock %}',
    others: {
      base: '<{% block b %}{% cache "p" %}{% nocache %}{{ visitor }}{% endnocache %}{% endcache %}{% endblock %}>',
    },
    stock: false,
  },
  'a hole of the page, and what is cached in it': {
    page: '{% nocache %}{{ visitor }}{% cache "v", visitor %}{{ visitor }}{{ slow }}{% endcache %}{% endnocache %}',
    stock: false,
  },
  'a hole with an asynchronous filter': {
    page: '{% cache "c" %}{% nocache %}{{ visitor | later }}{% endnocache %}{% endcache %}',
    stock: false,
  },
  'a hole reads arrays as the page was given them': {
    page: '{% set _ = xs.push("new") %}{% cache "c" %}{% nocache %}{{ xs | join }}{% if xs.push("in") %}{% endif %}{% endnocache %}{% nocache %}{{ xs | join("-") }}{% endnocache %}{% endcache %}{{ xs | join }}',
    stock: false,
  },
}

/** Templates that cover every construct, each with the data above. */
export const CORPUS: readonly (readonly [title: string, one: Case])[] = Object.entries(corpus).map(
  ([title, { page, others, ...rest }]) => [title, { setUp, data, templates: { page, ...others }, ...rest }],
)
