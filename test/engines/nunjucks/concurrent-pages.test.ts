import nunjucks from 'nunjucks'
import { FragmentCache, lazy } from 'onetrip'
import { nunjucksEngine } from 'onetrip/nunjucks'
import { memoryStore } from 'onetrip/stores/memory'
import { expect, test } from 'vitest'
import { TestLoader } from '../../helpers/templates.ts'
import { turns } from '../../helpers/turns.ts'

const TEMPLATES = {
  page:
    '{% extends "base" %}{% import "lib" as lib %}{% block body %}{{ user | later }}' +
    '{% for row in rows %}{{ lib.card(row, group, slow) }}{{ lib.card(row, group, slow) | upper }}{% endfor %}' +
    '{% cache "tail", group %}{{ slow | later }}{{ bad.x }}{% endcache %}{{ super() }}{% endblock %}',
  base: '<{{ name }}>{% block body %}{% cache "end", group %}{{ slow }}.{{ group }}{% endcache %}{{ user }}{% endblock %}',
  lib: '{% macro card(row, group, slow) %}[{% cache "card", row, group %}r{{ row }}g{{ group }}{{ slow }}{% endcache %}]{% endmacro %}',
}

/** Returns the data of the n-th visitor's page. */
function dataOf(n: number) {
  const group = n % 9
  const broken = n % 11 === 3
  const delayed = <T>(value: T) =>
    lazy(async () => {
      await turns(n % 4)
      return value
    })
  return {
    user: `u${n}`,
    name: delayed(`n${n}`),
    group,
    rows: delayed([n % 2, (n % 3) + 2]),
    slow: delayed(`s${group}`),
    // Only a page that renders the tail itself reads it: each broken page has a group of its own.
    bad: broken ? lazy(() => Promise.reject(new Error(`no data for u${n}`))) : { x: '' },
    ...(broken ? { group: `broken ${n}` } : {}),
  }
}

function expectedOf(n: number): string {
  const group = n % 9
  const cards = [n % 2, (n % 3) + 2].map((row) => {
    const card = `[r${row}g${group}s${group}]`
    return card + card.toUpperCase()
  })
  return `<n${n}>later u${n}${cards.join('')}later s${group}s${group}.${group}u${n}`
}

test('200 asynchronous pages at once, 18 of which fail, find each their own user, fragments and error', async () => {
  const environment = new nunjucks.Environment(new TestLoader(TEMPLATES))
  environment.addFilter(
    'later',
    (value: unknown, done: (error: null, text: string) => void) => {
      void turns(String(value).length % 3).then(() => done(null, `later ${value}`))
    },
    true,
  )
  const cache = new FragmentCache({
    store: memoryStore(),
    engine: nunjucksEngine({ environment }),
    ttl: '5m',
  })
  let hits = 0
  const one = async (n: number) => {
    await turns(n % 7)
    const page = cache.render('page', dataOf(n))
    if (n % 11 === 3) {
      await expect(page).rejects.toThrow(`no data for u${n}`)
      return
    }
    const { body, fragments } = await page
    expect(body.toString()).toBe(expectedOf(n))
    hits += fragments.filter(({ state }) => state === 'hit').length
  }
  await Promise.all(Array.from({ length: 100 }, (_, n) => one(n)))
  await cache.settled()
  await Promise.all(Array.from({ length: 100 }, (_, n) => one(n + 100)))
  await cache.settled()
  expect(hits).toBeGreaterThan(200)
  await cache.close()
})
