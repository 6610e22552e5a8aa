import nunjucks from 'nunjucks'
import { type FragmentCache, lazy } from 'onetrip'
import { installCache } from 'onetrip/nunjucks'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { cacheOf, clockedCacheOf, TestLoader, told } from '../../helpers/templates.ts'

/** Callers who go on with the objects of a page's data while the page is rendered. */

const PEOPLE = [
  { id: 1, name: 'Ann' },
  { id: 2, name: 'Bo' },
  { id: 3, name: 'Cy' },
]
const SKIPPED = 'the values of its key were changed while the page was rendered'

beforeEach(() => {
  vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
})
afterEach(() => {
  vi.restoreAllMocks()
})

type Page = Record<string, unknown>

/** Renders a page for each person, with one object that is changed from page to page. */
async function mails(
  render: (data: Page) => Promise<string>,
  dataOf: (user: Page) => Page = (user) => ({ user }),
): Promise<string[]> {
  const user: Page = {}
  const pages: Promise<string>[] = []
  for (const person of PEOPLE) {
    Object.assign(user, person)
    pages.push(render(dataOf(user)))
  }
  return Promise.all(pages)
}

function installed(templates: Record<string, string>, cache: FragmentCache) {
  const environment = new nunjucks.Environment(new TestLoader(templates))
  installCache(environment, cache)
  return (data: Page) =>
    new Promise<string>((resolve, reject) => {
      environment.render('page', data, (error, html) => (error ? reject(error) : resolve(html ?? '')))
    })
}

const WAYS = ['cache.render', 'an environment', 'a page']

describe.each(WAYS)('by %s', (way) => {
  function pagesOf(template: string, options: Parameters<typeof cacheOf>[1] = {}) {
    const templates = { page: template, part: '{{ user.name }}' }
    const { cache, events } = cacheOf(templates, { safety: { shared: ['user'] }, ...options })
    const page = cache.open()
    const ways: Record<string, (data: Page) => Promise<string>> = {
      'cache.render': async (data) => (await cache.render('page', data)).body.toString(),
      'an environment': installed(templates, cache),
      'a page': async (data) => (await page.render('page', data)).body.toString(),
    }
    const render = ways[way] as (data: Page) => Promise<string>
    /** Each person's page, with objects of its own, when all is stored. */
    const later = async (dataOf: (user: Page) => Page = (user) => ({ user })) => {
      await new Promise(setImmediate)
      await page.writeBack()
      await cache.settled()
      const pages: string[] = []
      for (const person of PEOPLE)
        pages.push((await cache.render('page', dataOf({ ...person }))).body.toString())
      return pages
    }
    return { cache, events, render, later }
  }

  test.each([
    ['{% cache "mail", user.id %}Dear {{ user.name }}{% endcache %}'],
    ['{% cache "mail", user.id | string %}Dear {% include "part" %}{% endcache %}'],
    ['{% cache "mail", user %}Dear {{ user.name }}{% endcache %}'],
    [
      '{% macro mail(user) %}{% cache "mail", user.id %}Dear {{ user.name }}{% endcache %}{% endmacro %}{{ mail(user) }}',
    ],
    [
      '{% cache "outer", user.id %}{% cache "mail", user.id %}Dear {{ user.name }}{% endcache %}{% endcache %}',
    ],
    [
      '{% set text %}{% cache "mail", user.id %}Dear {{ user.name }}{% endcache %}{% endset %}{{ text | trim }}',
    ],
    ['{% cache "mail" %}Dear{% endcache %} {% nocache %}{{ user.name }}{% endnocache %}'],
    ['{% cache "mail" %}Dear {% nocache %}{{ user.name }}{% endnocache %}{% endcache %}'],
  ])('each page shows its own data: %s', async (template) => {
    const { render, later } = pagesOf(template)
    const stock = ['Dear Ann', 'Dear Bo', 'Dear Cy']
    expect(await mails(render)).toEqual(stock)
    expect(await later()).toEqual(stock)
    expect(await mails(render)).toEqual(stock)
  })

  test('data that is one object itself', async () => {
    const { render } = pagesOf(
      '{% cache "mail", id %}Dear {{ name }}{% endcache %}, {% nocache %}{{ name }}{% endnocache %}',
    )
    expect(await mails(render, (user) => user)).toEqual(['Dear Ann, Ann', 'Dear Bo, Bo', 'Dear Cy, Cy'])
  })

  test('an array that is emptied and filled again', async () => {
    const { render, later } = pagesOf('{% cache "ids", ids | join("-") %}{{ ids | join("+") }}{% endcache %}')
    const ids: number[] = []
    const lists = [[1, 2], [3], []]
    const pages = lists.map((list) => {
      ids.splice(0, ids.length, ...list)
      return render({ ids })
    })
    expect(await Promise.all(pages)).toEqual(['1+2', '3', ''])
    await later(() => ({ ids: [] }))
    expect(await render({ ids: [1, 2] })).toBe('1+2')
  })

  test('a page that reads a lazy value', async () => {
    const { render, later } = pagesOf(
      '{{ news }}{% cache "mail", user.id %}Dear {{ user.name }}{% endcache %}',
    )
    const dataOf = (user: Page) => ({ user, news: lazy(async () => 'news ') })
    const stock = ['news Dear Ann', 'news Dear Bo', 'news Dear Cy']
    expect(await mails(render, dataOf)).toEqual(stock)
    expect(await later(dataOf)).toEqual(stock)
  })

  test('changes made by a loader are detected, at once or later', async () => {
    const { render } = pagesOf(
      '{{ films }} {{ page.total }} {% cache "total", page.total %}{{ page.total }}{% endcache %} {% cache "more" %}{{ more }} {{ page.more }}{% endcache %}',
    )
    const page: Page = {}
    const films = lazy(async () => {
      page.total = 1
      await null
      page.total = 2
      await new Promise(setImmediate)
      page.total = 3
      return 'films'
    })
    const more = lazy(async () => {
      await new Promise(setImmediate)
      page.more = 'more'
      return 'and'
    })
    expect(await render({ page, films, more })).toBe('films 3 3 and more')
  })

  test.each([
    [
      'an item of a list',
      '{% for user in users %}{% cache "mail", user.id %}Dear {{ user.name }}{% endcache %}{% endfor %}',
      (user: Page) => ({ users: [user] }),
    ],
    [
      'an object inside another',
      '{% cache "mail", page.user.id %}Dear {{ page.user.name }}{% endcache %}',
      (user: Page) => ({ page: { user } }),
    ],
    [
      'an item, around another fragment',
      '{% for user in users %}{% cache "outer", user.id %}{% cache "mail", user.id %}Dear {{ user.name }}{% endcache %}{% endcache %}{% endfor %}',
      (user: Page) => ({ users: [user] }),
    ],
    [
      'a key that is put together',
      '{% for user in users %}{% cache "mail", "user:" ~ user.id %}Dear {{ user.name }}{% endcache %}{% endfor %}',
      (user: Page) => ({ users: [user] }),
    ],
    [
      'a key by a filter',
      '{% for user in users %}{% cache "mail", user.id | string %}Dear {{ user.name }}{% endcache %}{% endfor %}',
      (user: Page) => ({ users: [user] }),
    ],
  ])(
    'data changed deep inside is neither stored, nor shown to another page: %s',
    async (_title, template, dataOf) => {
      const { events, render, later } = pagesOf(template)
      await mails(render, dataOf)
      expect(await later(dataOf)).toEqual(['Dear Ann', 'Dear Bo', 'Dear Cy'])
      expect(told(events, 'skip').join()).toMatch(new RegExp(`skip (mail|outer): ${SKIPPED}`))
    },
  )

  test('a page that waits for another, whose data is changed, renders its own', async () => {
    const { render, later } = pagesOf(
      '{% for user in users %}{% cache "mail", user.id %}Dear {{ user.name }}{% endcache %}{% endfor %}',
    )
    const user: Page = { ...PEOPLE[0] }
    const first = render({ users: [user] })
    const second = render({ users: [{ ...PEOPLE[0] }] })
    Object.assign(user, PEOPLE[1])
    await first
    expect(await second).toBe('Dear Ann')
    expect((await later((user) => ({ users: [user] })))[0]).toBe('Dear Ann')
  })
})

test('a warning says what to do, once', async () => {
  const { cache } = cacheOf(
    '{% for item in items %}{% cache "warned", item.id %}{{ item.id }}{% endcache %}{% endfor %}',
  )
  const item = { id: 1 }
  const page = cache.render('page', { items: [item] })
  item.id = 2
  await page
  expect(process.emitWarning).toHaveBeenCalledWith(
    'The data of the fragment "warned" (page, line 1) was changed while its page was rendered, so that its key would be ' +
      'another: it is not stored. Give each page objects of its own, or wait for one before its data is changed.',
    { type: 'OnetripWarning', code: 'ONETRIP_NOTICE' },
  )
})

test('code that counts is called once for each page, whose template runs again for its bodies', async () => {
  let visits = 0
  const { cache } = cacheOf('')
  const page = '{{ visit() }}{% cache "u", user.id %}Dear {{ user.name }}{% endcache %}'
  const render = installed({ page }, cache)
  const pages = await mails(render, (user) => ({ user, visit: () => ++visits }))
  expect(pages).toEqual(['1Dear Ann', '2Dear Bo', '3Dear Cy'])
  expect(visits).toBe(3)
})

test('calls in a key are made once', async () => {
  let calls = 0
  const { html } = cacheOf(
    '{% cache "a", next() %}{{ n }}{% endcache %}{% cache "b", n, next() | string %}{{ n }}{% endcache %}',
  )
  expect(await html({ n: 1, next: () => ++calls })).toBe('11')
  expect(calls).toBe(2)
})

test('an array that the template changes after the tag keeps its key', async () => {
  const { html, events } = cacheOf(
    '{% set rows = [1] %}{% cache "a", rows %}{{ rows | join }}{% endcache %}{% set rows = (rows.push(2), rows) %}{% cache "b", rows %}{{ rows | join }}{% set rows = (rows.push(3), rows) %}{% endcache %}',
  )
  expect([await html(), await html()]).toEqual(['112', '112'])
  expect(told(events, 'skip')).toEqual([])
})

test('a variable set in a body does not change its key', async () => {
  const { html, events } = cacheOf('{% set n = 1 %}{% cache "a", n %}{% set n = 2 %}{{ n }}{% endcache %}')
  expect([await html(), await html()]).toEqual(['2', '2'])
  expect(told(events, 'skip')).toEqual([])
})

test('data changed after a stale page is not used to refresh it', async () => {
  const { clock, cache, html, events } = clockedCacheOf(
    '{% cache "mail", user.id, ttl="1m", stale="1h" %}Dear {{ user.name }}{% endcache %}',
    { safety: { shared: ['user'] } },
  )
  expect(await html({ user: { ...PEOPLE[0] } })).toBe('Dear Ann')
  clock.advance(61_000)
  const user: Page = { ...PEOPLE[0] }
  events.length = 0
  await cache.render('page', { user })
  Object.assign(user, PEOPLE[1])
  await cache.settled()
  expect(told(events, 'stale')).toEqual(['stale mail'])
  expect(told(events, 'write')).toEqual([])
  expect(await html({ user: { ...PEOPLE[0] } })).toBe('Dear Ann')
})
