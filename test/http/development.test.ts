import { expect, test } from 'vitest'
import { engineOf } from '../helpers/templates.ts'
import { collectWarnings } from '../helpers/warnings.ts'
import { frameworks } from './frameworks.ts'

const warnings = collectWarnings()

/** Templates of another name for each case: a warning is given once per process. */
function siteOf(name: string): Record<string, string> {
  return {
    [`${name}.njk`]:
      '{% cache "card", 1 %}one{% endcache %}{% cache "card", 1 %}two{% endcache %}' +
      '{% cache "reviews" %} {% if false %}none{% endif %}{% endcache %}{% cache "top", ttl=60 %}top{% endcache %}',
  }
}

test.each(frameworks)('$name: likely mistakes are warned of once in development', async (framework) => {
  const name = framework.name.replace(' ', '')
  const { origin, cache, close } = await framework.start(
    { engine: engineOf(siteOf(name)), ttl: '1h' },
    { '/': ({ render }) => render(`${name}.njk`, {}) },
  )
  for (let n = 0; n < 3; n++) {
    expect(await (await fetch(origin)).text()).toBe('onetwo top')
    await cache.settled()
  }
  await close()
  expect(warnings.toSorted()).toEqual([
    `The fragment "reviews" (${name}.njk, line 1) is empty, and is not stored: an empty fragment is often a failure. If it may be ` +
      'empty, write allowEmpty=true in its tag.',
    `The ttl of the fragment "top" (${name}.njk, line 1) is 60, which is 60 milliseconds: for seconds, write "60s"; if milliseconds ` +
      'are meant, "60ms".',
    `Two fragments have the key of "card", at ${name}.njk#1 and ${name}.njk#2: each page shows each its own content, and ` +
      'only one of them is stored. Give one of them another name.',
  ])
})
