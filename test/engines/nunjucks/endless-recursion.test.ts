import nunjucks from 'nunjucks'
import { FragmentCache } from 'onetrip'
import { nunjucksEngine } from 'onetrip/nunjucks'
import { memoryStore } from 'onetrip/stores/memory'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TestLoader } from '../../helpers/templates.ts'

/** Templates that run themselves. nunjucks fails where the stack is full. */
const ENDLESS: Record<string, Record<string, string>> = {
  'a template that includes itself': { page: 'a{% include "page" %}' },
  'two that include each other': { page: '{% include "b" %}', b: '{% include "page" %}' },
  'an include in a loop': { page: '{% for x in [1] %}{% include "page" %}{% endfor %}' },
  'an include in a macro': { page: '{% macro m() %}{% include "page" %}{% endmacro %}{{ m() }}' },
  'an include in a fragment': { page: '{% cache "x" %}{% include "page" %}{% endcache %}' },
  'a macro that calls itself': { page: '{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}' },
  'a parent that is its own': { page: '{% extends "page" %}' },
  'an import of itself': { page: '{% import "page" as p %}' },
}

// Vitest looks at each stack by regular expressions: V8 ends the process where the stack is too
// full to compile one.
const { prepareStackTrace } = Error
beforeAll(() => void Reflect.deleteProperty(Error, 'prepareStackTrace'))
afterAll(() => void Object.assign(Error, { prepareStackTrace }))

describe.each(Object.entries(ENDLESS))('%s', (_title, templates) => {
  test.each([true, false])('fails, and does not hang, with caching: %s', async (cache) => {
    const environment = new nunjucks.Environment(new TestLoader(templates))
    const engine = nunjucksEngine({ environment, cache })
    const pages = new FragmentCache({ store: memoryStore(), engine, ttl: '1m' })
    await expect(pages.render('page')).rejects.toThrow(/Maximum call stack size|without end/)
  })
})
