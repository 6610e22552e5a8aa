import type { Entries } from './entry.ts'

/** Includes, imports and parents. */
export const templates: Entries = {
  'macro of the page, called in an include': {
    page: '{% macro m() %}{{ a }}{% endmacro %}{% set a = 1 %}{% include "inc" %}{% set a = 2 %}{% include "inc" %}',
    others: { inc: '{% cache "c", a %}{{ m() }}{% endcache %}' },
  },
  'macro of a parent, called in a block': {
    page: '{% extends "base" %}{% block a %}{% cache "c" %}{{ bm(1) }}{{ s }}{% endcache %}{% endblock %}',
    others: {
      base: '{% macro bm(x) %}[{{ x }}{{ s }}]{% endmacro %}{% set s = 1 %}{% block a %}{% endblock %}{% set s = 2 %}{% block b %}{{ s }}{% cache "d" %}{{ s }}{{ bm(2) }}{% endcache %}{% endblock %}',
    },
  },
  'import in a loop': {
    page: '{% for x in [1, 2] %}{% import "lib" as lib with context %}{{ lib.q(x) }}{% cache "c", x %}{{ lib.p(x) }}{{ x }}{% endcache %}{% endfor %}',
    others: {
      lib: '{% set v = "v" %}{% macro p(x) %}({{ x }}{{ v }}{{ a }}){% endmacro %}{% macro q(x) %}{{ p(x) }}{% cache "q", x %}{{ p(x) }}{{ v }}{% endcache %}{% endmacro %}{% set h %}{% cache "h" %}h<{% endcache %}{% endset %}',
    },
  },
  'import of a text': {
    page: '{% import "lib" as lib %}{{ lib.h }}{% from "lib" import h as hh %}{{ hh }}{% cache "c" %}{{ hh }}{{ lib.h }}{% endcache %}',
    others: {
      lib: '{% set v = "v" %}{% macro p(x) %}({{ x }}{{ v }}{{ a }}){% endmacro %}{% macro q(x) %}{{ p(x) }}{% cache "q", x %}{{ p(x) }}{{ v }}{% endcache %}{% endmacro %}{% set h %}{% cache "h" %}h<{% endcache %}{% endset %}',
    },
  },
  'import with context, names set later': {
    page: '{% set a = 1 %}{% import "lib" as lib with context %}{% set a = 2 %}{{ lib.p(1) }}{% cache "c" %}{{ lib.p(1) }}{{ a }}{% endcache %}{% set a = 3 %}{{ lib.q(2) }}',
    others: {
      lib: '{% set v = "v" %}{% macro p(x) %}({{ x }}{{ v }}{{ a }}){% endmacro %}{% macro q(x) %}{{ p(x) }}{% cache "q", x %}{{ p(x) }}{{ v }}{% endcache %}{% endmacro %}{% set h %}{% cache "h" %}h<{% endcache %}{% endset %}',
    },
  },
  'blocks of a child in a condition': {
    page: '{% extends "base" %}{% if 1 %}{% block a %}x{% cache "c" %}c{% endcache %}{% endblock %}{% endif %}{% cache "z" %}dropped{% endcache %}',
    others: { base: '<{% block a %}{% endblock %}>' },
  },
  'extends in a condition': {
    page: '{% if flag %}{% extends "base" %}{% endif %}{% block a %}x{% cache "c" %}c{% endcache %}{% endblock %}',
    others: { base: '<{% block a %}{% endblock %}>' },
  },
  'extends in a condition that does not hold': {
    page: '{% if not flag %}{% extends "base" %}{% endif %}{% block a %}x{% cache "c" %}c{% endcache %}{% endblock %}',
    others: { base: '<{% block a %}{% endblock %}>' },
  },
  'block in a loop, without a parent': {
    page: '{% for x in [1, 2] %}{% block a %}{{ x }}{{ loop.index }}{% cache "c", x %}{{ x }}{{ loop.index }}{% endcache %}{% endblock %}{% endfor %}',
  },
  'super in loops': {
    page: '{% extends "base" %}{% block a %}{% for y in [1, 2] %}{{ super() }}{{ y }}{% cache "c", y, x %}{{ super() }}{{ y }}{{ x }}{% endcache %}{% endfor %}{% endblock %}',
    others: { base: '{% for x in [1, 2] %}{% block a %}b{{ x }}{% endblock %}{% endfor %}' },
    stock: false,
  },
  'super of three levels in a body': {
    page: '{% extends "mid" %}{% block a %}{% cache "c" %}1{{ super() }}{{ slow }}{% endcache %}{% endblock %}',
    others: {
      mid: '{% extends "base" %}{% block a %}2{{ super() }}{{ box.slow.inner }}{% endblock %}',
      base: '{% block a %}3{{ slow }}{% endblock %}',
    },
    stock: false,
  },
  'include of itself, a fragment a turn': {
    page: '{% set node = tree %}{% include "node" %}',
    others: {
      node: '{{ node.n }}{% cache "n", node.n %}[{{ node.n }}]{% endcache %}{% for node in node.c %}{% include "node" %}{% endfor %}',
    },
    data: () => ({
      tree: {
        n: 1,
        c: [
          { n: 2, c: [{ n: 3, c: [] }] },
          { n: 4, c: [] },
        ],
      },
    }),
  },
}
