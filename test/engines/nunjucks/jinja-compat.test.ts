import nunjucks from 'nunjucks'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CORPUS } from './oracle/corpus.ts'
import { difference, everyWay } from './oracle/every-way.ts'
import { type Case, Pages } from './oracle/oracle.ts'
import { setUp } from './oracle/setup.ts'

// It changes nunjucks itself, for the whole process: this file has one of its own.
let uninstall: () => void
beforeAll(() => {
  uninstall = (nunjucks as unknown as { installJinjaCompat(): () => void }).installJinjaCompat()
})
afterAll(() => uninstall())

const M = '{% macro m(x) %}<{{ x }}{% cache "m", x %}{{ x }}{% endcache %}>{% endmacro %}'

const PAGES: Record<string, string> = {
  slices:
    '{{ xs[1:] | join }}{{ xs[:2] | join }}{{ xs[::2] | join }}{{ xs[::-1] | join }}{% cache "c" %}{{ xs[1:3] | join }}{{ xs[-1:] | join }}{% endcache %}{% for x in xs[1:] %}{{ x }}{% cache "d", x %}{{ x }}{{ loop.index }}{% endcache %}{% endfor %}',
  'slices of lazy values': '{{ slow[1:] | join }}{% cache "c" %}{{ slow[:1] | join }}{% endcache %}',
  constants:
    '{{ True }}{{ False }}{{ None }}{% cache "c" %}{{ True }}{{ None }}{{ False }}{% endcache %}{% set True = 5 %}{{ True }}{% cache "d" %}{{ True }}{% endcache %}',
  'methods of objects':
    '{% for k, v in o.items() %}{{ k }}{{ v }}{% cache "c", k %}{{ k }}{{ v }}{% endcache %}{% endfor %}{{ o.keys() | join }}{{ o.has_key("a") }}{{ o.get("z", "none") }}{% cache "d" %}{{ o.values() | join }}{{ o.get("a") }}{% endcache %}',
  'methods of lazy objects':
    '{% for k, v in slowMap.items() %}{{ k }}{{ v }}{% cache "c", k %}{{ v }}{% endcache %}{% endfor %}{{ slowMap.get("p") }}',
  'rows that are appended':
    '{% set l = [] %}{% for x in xs %}{% set _ = l.append(x) %}{% cache "c", x %}{{ l | join }}{% endcache %}{% endfor %}{% set _ = l.insert(0, 9) %}{% cache "d" %}{{ l }}{{ l.count(1) }}{{ l.index(2) }}{{ l.find(3) }}{% endcache %}{% set _ = l.remove(9) %}{% cache "e" %}{{ l }}{% endcache %}{{ l.pop() }}{{ l }}',
  texts: `${M}{{ m(1)[0:1] }}{{ m(2) | upper }}{% set t = m(3) %}{% cache "c" %}{{ t }}{% endcache %}{{ xs.length }}`,
  loops:
    '{% for x in xs %}{{ loop.index }}{{ loop["last"] }}{% cache "c", x %}{{ loop.index }}{{ loop["first"] }}{% endcache %}{% endfor %}',
}

function caseOf(page: string): Case {
  return {
    templates: { page },
    data: (load) => ({
      xs: [1, 2, 3],
      o: { a: 1, b: 2 },
      slow: load(() => [1, 2]),
      slowMap: load(() => ({ p: load(() => 'P'), q: 'Q' })),
    }),
    setUp,
  }
}

describe('with the Jinja compatibility installed', () => {
  test.each(Object.entries(PAGES))('%s give the same bytes in every way', async (_title, page) => {
    expect(difference(await everyWay(caseOf(page), () => true))).toBeUndefined()
    expect(await new Pages(caseOf(page)).render()).toHaveProperty('html')
  })

  test.each(CORPUS)('so does the corpus: %s', async (_title, one) => {
    expect(difference(await everyWay(one, () => true))).toBeUndefined()
  })
})

test('a template is compiled again once the compatibility is installed or removed', async () => {
  const pages = new Pages(caseOf('{{ o.get("z", "none") }}{% cache "c" %}{{ True }}{% endcache %}'))
  expect(await pages.render()).toEqual({ html: 'nonetrue' })
  uninstall()
  expect(await pages.render()).toMatchObject({ failed: expect.stringMatching(/Unable to call `o\["get"\]`/) })
  uninstall = (nunjucks as unknown as { installJinjaCompat(): () => void }).installJinjaCompat()
  expect(await pages.render()).toEqual({ html: 'nonetrue' })
})
