import { describe, expect, test } from 'vitest'
import { Pages, renderStock } from './oracle/oracle.ts'
import { setUp } from './oracle/setup.ts'

/** Asynchronous filters and tags at every place: white space counts, too. */

/** Templates that wait for something made of a variable `x`. */
const WAITS = {
  'a filter': '{{ x | later }}',
  'a filter that calls back at once': '{{ x | soon }}',
  'a filter in a set': '{% set y = x | later %}\n {{ y }}',
  'a filter in a condition': '{% if x | later %}\n yes\n{% endif %}',
  'a filter in a loop': '{% for z in [x] %}\n {{ z | later }}\n{% endfor %}',
  'a tag': '{% shoutlater "!" %}\n in {{ x }}\n{% endshoutlater %}',
  'a tag around a filter': '{% shoutlater "!" %}\n in {{ x | later }}\n{% endshoutlater %}',
  'an include': '{% include "inc" %}',
}

const PLACES: Record<string, (inner: string) => string> = {
  'at the top': (inner) => `a\n${inner}\nb`,
  'in a loop': (inner) => `{% for x in xs %}\n  ${inner}\n {{ loop.index }}{% endfor %}end`,
  'in a loop over keys and values': (inner) => `{% for k, x in o %}\n ${inner}\n{% endfor %}end`,
  'in a loop over pairs': (inner) => `{% for k, x in [[1, "a"], [2, "b"]] %}\n ${inner}\n{% endfor %}end`,
  'in a loop in a loop': (inner) =>
    `{% for x in xs %}\n{% for x in xs %}\n ${inner}\n{% endfor %}\n ${inner}{% endfor %}`,
  'in a loop without white space': (inner) => `{%- for x in xs -%}\n ${inner} \n{%- endfor -%}\nend`,
  'in a loop with an else': (inner) => `{% for x in xs %}\n ${inner}\n{% else %}\n none\n{% endfor %}end`,
  'in a condition': (inner) => `{% if flag %}\n  ${inner}\n{% endif %}end`,
  'in an else': (inner) => `{% if not flag %}n{% else %}\n  ${inner}\n{% endif %}end`,
  'in a condition in a loop': (inner) =>
    `{% for x in xs %}\n {% if x %}\n  ${inner}\n {% endif %}\n{% endfor %}end`,
  'in a block': (inner) => `{% block m %}\n ${inner}\n{% endblock %}end`,
  'in a block of a child': (inner) =>
    `{% extends "base" %}{% block main %}\n ${inner}\n {{ super() }}\n{% endblock %}`,
  'in an asynchronous loop': (inner) => `{% asyncEach x in xs %}\n ${inner}\n{% endeach %}end`,
  'in a parallel loop': (inner) => `{% asyncAll x in xs %}\n ${inner}\n{% endall %}end`,
}

const OTHERS = {
  inc: '\n  inc {{ x | later }}\n',
  base: '<\n{% block main %}\n base {{ 2 | later }}\n{% endblock %}\n>',
}
const data = () => ({ x: 'X', xs: ['a', 'b', 'c'], o: { k: 1, l: 2 }, flag: true })
const OPTIONS = [{}, { trimBlocks: true, lstripBlocks: true }]

/**
 * The transformer does not know that an include waits: what it gives comes too late in a loop or
 * condition.
 */
const LOST = /in (a|an) (loop|condition|else)/

describe.each(Object.entries(PLACES))('%s', (place, put) => {
  test.each(Object.entries(WAITS))('%s', async (what, inner) => {
    for (const options of OPTIONS) {
      const one = { templates: { page: put(inner), ...OTHERS }, data, options, setUp }
      const stock = await renderStock(one)
      expect(await new Pages(one, false).render()).toEqual(stock)
      expect(await new Pages(one).render()).toEqual(stock)
    }
    const page = put(`{% cache "c", x %}${inner}{% endcache %}`)
    const one = { templates: { page, ...OTHERS }, data, setUp }
    const lost = what === 'an include' && LOST.test(place)
    const expected = await renderStock({ ...one, templates: { page: put(inner), ...OTHERS } })
    const off = await new Pages(one, false).render()
    if (lost) expect(JSON.stringify(expected)).not.toContain('inc later')
    if (lost) expect(String((off as { failed?: string }).failed)).toMatch(/cache tag whose body waits/)
    else expect(off).toEqual(expected)
    const pages = new Pages(one)
    const cold = await pages.render()
    if (lost) expect((cold as { html: string }).html).toContain('inc later')
    else expect(cold).toEqual(expected)
    expect(await pages.render()).toEqual(cold)
  })
})

test.each(['{% call m() %}{{ x | later }}{% endcall %}', '{% filter upper %}{{ x | later }}{% endfilter %}'])(
  'an asynchronous filter that no one can wait for fails where it is reached, and nowhere else: %s',
  async (inner) => {
    const page = `{% macro m() %}{{ caller() }}{% endmacro %}{% if reached %}${inner}{% endif %}end`
    const one = (reached: boolean) => ({
      templates: { page, ...OTHERS },
      data: () => ({ ...data(), reached }),
      setUp,
    })
    for (const caching of [true, false]) {
      expect(await new Pages(one(false), caching).render()).toEqual(await renderStock(one(false)))
      const failed = (await new Pages(one(true), caching).render()) as { failed?: string }
      expect(failed.failed).toContain('comes too late for it: set a variable before the block')
    }
  },
)

test('the argument of a test may be a name, or the result of an async filter', async () => {
  const page = '{{ x is sameas(x) }}{% if x is sameas(xs) %}no{% endif %}{{ x is sameas(x | later) }}'
  const one = { templates: { page, ...OTHERS }, data, setUp }
  const stock = await renderStock(one)
  expect(stock).toEqual({ html: 'truefalse' })
  expect(await new Pages(one).render()).toEqual(stock)
  expect(await new Pages(one, false).render()).toEqual(stock)
})
