import { type Entries, M } from './entry.ts'

/** Names set by `{% set %}`, and arrays that a page changes while it is rendered. */
export const names: Entries = {
  'names of objects': {
    page: '{{ toString }}{{ constructor }}{{ hasOwnProperty }}{% set constructor = 2 %}{{ constructor }}{% cache "d" %}{{ constructor }}{{ toString }}{% endcache %}',
  },
  'names of JavaScript': {
    page: '{% set class = 1 %}{% set var = 2 %}{% set new = 3 %}{% for this in [1] %}{{ this }}{% cache "c" %}{{ this }}{{ class }}{{ var }}{{ new }}{% endcache %}{% endfor %}{% macro f(class, this) %}{{ class }}{{ this }}{% endmacro %}{{ f(1, this=2) }}',
  },
  'a block reads what was set last': {
    page: '{% set s = 1 %}{% block a %}{% cache "c" %}{{ s }}{% endcache %}{{ s }}{% endblock %}{% set s = 2 %}{% block b %}{% cache "d" %}{{ s }}{% endcache %}{% endblock %}',
  },
  'rows that a macro adds to': {
    page: '{% macro add(r, x) %}{% set _ = r.push(x) %}{% endmacro %}{% set rows = [] %}{% for x in xs %}{{ add(rows, x) }}{% cache "r", loop.index %}{{ rows | join("+") }}{% endcache %}{% endfor %}{{ rows | length }}',
  },
  'rows of rows': {
    page: '{% set rows = [] %}{% for x in [1, 2, 3] %}{% set row = [] %}{% for y in [1, 2] %}{% set _ = row.push(x * y) %}{% endfor %}{% set _ = rows.push(row) %}{% cache "r", x %}{{ rows | join("+") }}{% endcache %}{% endfor %}{{ rows | dump }}',
  },
  'rows inside an object': {
    page: '{% set o = { list: [] } %}{% for x in xs %}{% set _ = o.list.push(x) %}{% cache "r", loop.index %}{{ o.list | join("+") }}{% endcache %}{% endfor %}{{ o.list | length }}',
  },
  'rows of texts': {
    page: `${M}{% set rows = [] %}{% for x in [1, 2] %}{% set rows = (rows.push(m(x)), rows) %}{% cache "r", x %}{{ rows | join("+") }}{% endcache %}{% endfor %}{{ rows | join }}`,
  },
  'rows that grow beside lazy values': {
    page: '{% set rows = [] %}{% for f in slowFilms %}{% set _ = rows.push(f.id) %}{% cache "r", f.id %}{{ rows | join("+") }}{{ slow }}{% endcache %}{% endfor %}{{ rows | length }}{{ slow }}',
  },
  'rows as a key': {
    page: '{% set r = [1] %}{% cache "a", r %}{{ r }}{% endcache %}{% set _ = r.push(2) %}{% cache "a", r %}{{ r }}{% endcache %}',
    misses: 0,
  },
  'rows turned, cut and put before': {
    page: '{% set r = [3, 1, 2] %}{% set _ = r.reverse() %}{% cache "b" %}{{ r }}{% endcache %}{% set _ = r.splice(0, 1) %}{% cache "c" %}{{ r }}{% endcache %}{% set _ = r.unshift(9) %}{% cache "d" %}{{ r }}{% endcache %}{% set _ = r.shift() %}{{ r }}',
  },
}
