import { describe, expect, test, vi } from 'vitest'
import { cacheOf, told } from '../../helpers/templates.ts'
import { collectWarnings } from '../../helpers/warnings.ts'

const USES = [
  ['printed', '{{ films }}', ''],
  ['printed as a member', '{{ page.films }}', ''],
  ['asked for a member', '{{ films.length }}', ''],
  ['asked for a computed member', '{{ films["a" ~ 1] }}', ''],
  ['run over', '{% for film in films %}{{ film }}{% endfor %}', ''],
  ['run over by key and value', '{% for a, b in films %}{{ a }}{% endfor %}', ''],
  ['run over, with an else', '{% for film in films %}{{ film }}{% else %}none{% endfor %}', 'none'],
  ['the item of a loop', '{% for one in list %}{{ one.name }}{% endfor %}', ''],
] as const

const data = () => {
  const films = Promise.resolve(['Alien'])
  return { films, page: { films }, list: [films] }
}

const warnings = collectWarnings()

describe.each(USES)('a promise in place of lazy(), %s', (_use, template, html) => {
  test('is an error in development that names it and lazy(), outside a fragment and in one', async () => {
    const { cache } = cacheOf({ plain: template, cached: `{% cache "a" %}${template}{% endcache %}` })
    for (const name of ['plain', 'cached']) {
      await expect(cache.render(name, data())).rejects.toThrow(/"(films|one)" is a Promise.*lazy\(/)
    }
  })

  test('is in production what nunjucks gives, not stored, and a warning', async () => {
    vi.stubEnv('NODE_ENV', 'production')
    const name = `f-${_use}`
    const { cache, events } = cacheOf(`{% cache "${name}" %}[${template}]{% endcache %}`)
    for (let n = 0; n < 2; n++) {
      const { body } = await cache.render('page', data())
      await cache.settled()
      expect(`${body}`).toBe(
        `[${template.startsWith('{{ films }}') || template.startsWith('{{ page') ? '[object Promise]' : html}]`,
      )
    }
    expect(told(events, 'write')).toEqual([])
    expect(told(events, 'skip').length).toBe(2)
    expect(warnings.filter((warning) => warning.includes(`"${name}"`)).length).toBe(1)
  })
})

test('a promise that is passed to a function is not an error', async () => {
  const { cache } = cacheOf('{{ take(films) }}')
  const { body } = await cache.render('page', { ...data(), take: () => 'taken' })
  expect(`${body}`).toBe('taken')
})
