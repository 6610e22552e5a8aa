import { OptionError } from 'onetrip'
import { expect, test } from 'vitest'
import { cacheOf, told } from '../../helpers/templates.ts'

const PAGE = '{% cache "menu" %}<b>{{ user.name }}</b>{% endcache %}{% cache "clean" %}films{% endcache %}'
const detectLeaks = (request: { user?: { name: string; id?: number } } | undefined) => [
  request?.user?.name,
  request?.user?.id,
]

async function render(
  site: ReturnType<typeof cacheOf>,
  user: { name: string; id?: number },
): Promise<string> {
  const { body } = await site.cache.render('page', { user }, { request: { user } })
  await site.cache.settled()
  return body.toString()
}

test.each(['Anna Smith', 'O\'Neill & "sons" <x>', 'a\\b\\c\\d', 'anna@example.org'])(
  'a fragment that contains %s is served and not stored; the others are',
  async (name) => {
    const site = cacheOf(PAGE, { safety: { mode: 'off', detectLeaks } })
    await render(site, { name })
    expect(told(site.events, 'write', 'skip', 'error')).toEqual([
      'error LeakError',
      'skip menu: it contains a value that belongs to one visitor',
      'write clean',
    ])
    const error = site.events.find(({ type }) => type === 'error')
    expect(error).toMatchObject({ error: { code: 'ERR_ONETRIP_LEAK' } })
    expect(JSON.stringify(error)).not.toContain(name)
    expect(await render(site, { name: 'Berta Miller' })).toContain('Berta Miller')
  },
)

test('a fragment around one that leaks is not stored either', async () => {
  const site = cacheOf('{% cache "outer" %}o{% cache "inner" %}{{ user.name }}{% endcache %}{% endcache %}', {
    safety: { mode: 'off', detectLeaks },
  })
  await render(site, { name: 'Anna Smith' })
  expect(told(site.events, 'write')).toEqual([])
})

test('values that are nothing, or too short to mean anything, are not looked for', async () => {
  const site = cacheOf(PAGE, { safety: { mode: 'off', detectLeaks } })
  await render(site, { name: 'Al', id: 1 })
  expect(told(site.events, 'write').length).toBe(2)
  await site.cache.render('page', { user: { name: 'x' } })
})

test('where it fails nothing is known to be safe, and nothing is stored', async () => {
  for (const broken of [
    () => {
      throw new Error('no session')
    },
    () => 'a text' as never,
  ]) {
    const site = cacheOf(PAGE, { safety: { mode: 'off', detectLeaks: broken } })
    expect(await render(site, { name: 'Anna Smith' })).toContain('Anna')
    expect(told(site.events, 'skip').length).toBe(2)
  }
  expect(() => cacheOf(PAGE, { safety: { detectLeaks: ['x'] as never } })).toThrow(OptionError)
})
