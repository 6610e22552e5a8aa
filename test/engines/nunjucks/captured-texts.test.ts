import { expect, test } from 'vitest'
import type { Case } from './oracle/oracle.ts'
import { outcomes } from './oracle/oracle.ts'
import { setUp } from './oracle/setup.ts'

const M = '{% macro m(x) %}<{{ x }}{% cache "m", x %}{{ x }}{% endcache %}>{% endmacro %}'

/**
 * Each went wrong once: a text that is waited for by itself, names of a run that was cut, `loop` by
 * another name.
 */
const CASES: Record<string, { page: string; others?: Record<string, string> }> = {
  'a text in a body whose own text is used': {
    page: `${M}{% set a = m(1) %}{% set g %}{% cache "c" %}{{ a | upper }}{% endcache %}{% endset %}{{ g }}{{ a | upper }}`,
  },
  'an include that fails while something was cut': {
    page: '{% set t %}{% cache "f" %}f{% endcache %}{% endset %}{{ t | upper }}{% set v %}{% cache "g" %}g{% endcache %}{% endset %}{% if flag %}{% include "bad" %}{% endif %}{{ v }}',
    others: { bad: '{{ nope() }}' },
  },
  'a body that reads what a cut statement sets, and whose text is used': {
    page: `${M}{% set k = m(1) | upper %}{% set h %}{% cache "f" %}[{{ k }}]{% endcache %}{% endset %}{{ h }}`,
  },
  'the same by a condition': {
    page: `${M}{% if m(1) == "x" %}{% set k = 1 %}{% else %}{% set k = 2 %}{% endif %}{% filter upper %}{% cache "f" %}[{{ k }}a]{% endcache %}{% endfilter %}`,
  },
  'a text among the arguments of an asynchronous extension': {
    page: `${M}{% shoutlater m(1) %}x{% endshoutlater %}`,
  },
  'a text in a list for an asynchronous filter': { page: `${M}{{ [m(1)] | later }}` },
  'loop under another name': {
    page: '{% for x in [1,2] %}{% set l = loop %}{% for y in [1,2] %}{% cache "c", x, y %}{{ l.index }}{{ loop.index }}{% endcache %}{% endfor %}{% endfor %}',
  },
  'loop as the argument of a macro': {
    page: '{% macro lp(l) %}{% cache "c", l.index %}{{ l.index }}/{{ l.length }}{% endcache %}{% endmacro %}{% for x in [1,2] %}{{ lp(loop) }}{% endfor %}',
  },
  'a text that is dumped': { page: `${M}{{ m(1) | dump }}{{ [m(2)] | dump }}` },
  'its members': { page: `${M}{{ m(1).parts }}{{ m(1).length }}{{ m(1).val }}` },
  'a text of the page, put out in a body': {
    page: `${M}{% set a = m(1) %}{% cache "c" %}{{ a }}{% endcache %}{% cache "d" %}{% for t in [a, a] %}{{ t }}{% endfor %}{% endcache %}`,
  },
  'the text of one fragment in the body of another': {
    page: '{% set h %}{% cache "h" %}h{% endcache %}{% endset %}{% set g %}{% cache "c" %}{{ h }}{% endcache %}{% endset %}{{ g }}',
  },
  'the text of a fragment handed to a fragment': {
    page: `${M}{% macro c(t, k) %}{% cache "c", k %}[{{ t }}]{% endcache %}{% endmacro %}{{ c(m(1), 1) | upper }}`,
  },
}

test.each(Object.entries(CASES))('%s', async (_title, { page, others }) => {
  const one: Case = { templates: { page, ...others }, data: () => ({ flag: true }), setUp }
  const found = await outcomes(one, () => true)
  const shown = Object.fromEntries(
    Object.entries(found).map(([how, outcome]) => [how, 'html' in outcome ? outcome.html : 'failed']),
  )
  expect(shown).toEqual(Object.fromEntries(Object.keys(shown).map((how) => [how, shown.off])))
})

test.each(['for x in [1]', 'if flag'])(
  'a body that includes what waits in {%% %s %%}: right with caching, refused without',
  async (around) => {
    const page = `{% ${around} %}[{% cache "c" %}{% include "i" %}{% endcache %}]{% end${around.split(' ')[0]} %}z`
    const one: Case = {
      templates: { page, i: '{{ 1 | later }}' },
      data: () => ({ flag: true }),
      setUp,
      stock: false,
    }
    const { off, cold, warm } = await outcomes(one, () => false)
    expect(String((off as { failed?: string }).failed)).toMatch(
      /cache tag whose body waits .* \(page, line 1\)/,
    )
    expect(cold).toEqual({ html: '[later 1]z' })
    expect(warm).toEqual(cold)
  },
)

test.each(['{% set h %}B{% endset %}{{ h }}', '{% macro q() %}B{% endmacro %}{{ q() }}'])(
  'a body that waits in %s: right with caching, refused without',
  async (around) => {
    const page = around.replace('B', '[{% cache "c" %}{{ 1 | later }}{% endcache %}]')
    const one: Case = { templates: { page }, data: () => ({}), setUp, stock: false }
    const { off, cold, warm } = await outcomes(one, () => false)
    expect(String((off as { failed?: string }).failed)).toMatch(
      /cache tag whose body waits .* \(page, line 1\)/,
    )
    expect(String((cold as { html?: string }).html)).toMatch(/^\[later 1\]$/i)
    expect(warm).toEqual(cold)
  },
)
