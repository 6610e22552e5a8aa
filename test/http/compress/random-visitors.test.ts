import fc from 'fast-check'
import Fastify from 'fastify'
import nunjucks from 'nunjucks'
import onetrip from 'onetrip/fastify'
import { nunjucksEngine } from 'onetrip/nunjucks'
import { expect, test } from 'vitest'
import { memoryStore } from '../../../src/stores/memory/index.ts'
import { TestLoader } from '../../helpers/templates.ts'
import { decoded } from './get.ts'

/**
 * Random visitors ask a site for random pages, in random encodings, while content changes. Each is
 * sent, byte for byte, what nunjucks makes for this visitor without any cache.
 */

const LAYOUT =
  '<!doctype html><head><title>{{ title }}</title></head><p>{{ visitor }}</p>{% block main %}{% endblock %}'
const TEMPLATES: Record<string, string> = {
  layout: LAYOUT,
  shared:
    '{% extends "layout" %}{% block main %}{% cache "film", id, tags="films" %}{{ text }}{{ id }}{% endcache %}{% endblock %}',
  own: '{% extends "layout" %}{% block main %}{% cache "cart", visitor %}cart of {{ visitor }}{% endcache %}{% endblock %}',
  hole: '{% cache "hole", id %}{{ id }}{% nocache %}{{ visitor }}{% endnocache %}{% endcache %}{{ title }}',
  head: '<head></head>{% cache "film", id, 2 %}{% head %}<link id="{{ id }}">{% endhead %}{{ id }}{% endcache %}{{ visitor }}',
  nested:
    '{{ title }}{% cache "a", id, title %}a{{ title }}{% cache "b", id %}b{{ id }}{% endcache %}{% endcache %}',
  many: '{% for n in [1, 2, 3] %}{% cache "row", id, n %}{{ id }}{{ n }}{% endcache %}{{ title }}{% endfor %}',
}
const PAGES = Object.keys(TEMPLATES).filter((name) => name !== 'layout')

const stock = new nunjucks.Environment(new TestLoader(withoutCache()), { autoescape: true })

/** The same templates without the tags of this package. */
function withoutCache(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(TEMPLATES).map(([name, text]) => [
      name,
      text
        .replace(/{% head %}(.*?){% endhead %}/, '')
        .replace('<head></head>', name === 'head' ? '<head><link id="{{ id }}"></head>' : '<head></head>')
        .replace(/{% (?:cache|endcache|nocache|endnocache)\b.*?%}/g, ''),
    ]),
  )
}

const visit = fc.record({
  page: fc.constantFrom(...PAGES),
  visitor: fc.constantFrom('ann', 'bob', 'a', ''),
  id: fc.constantFrom('1', '2', '12'),
  title: fc.constantFrom('t', 'tt', '1'),
  encoding: fc.constantFrom('gzip', 'br', 'identity'),
  change: fc.constantFrom('none', 'none', 'none', 'invalidate', 'delete'),
  together: fc.integer({ min: 1, max: 3 }),
})

test('each visitor is sent the page that is made for them', async () => {
  let sent = 0
  let encoded = 0
  await fc.assert(
    fc.asyncProperty(fc.array(visit, { minLength: 10, maxLength: 60 }), async (visits) => {
      const app = Fastify()
      await app.register(onetrip, {
        engine: nunjucksEngine({ environment: new nunjucks.Environment(new TestLoader(TEMPLATES)) }),
        store: memoryStore(),
        ttl: '1m',
        safety: 'off',
        debug: false,
        compress: { threshold: 0, maxBytes: '64KB' },
      })
      app.get<{ Querystring: Record<string, string> }>('/:page', ({ params, query }, reply) =>
        reply.view((params as { page: string }).page, query),
      )
      for (const { page, visitor, id, title, encoding, change, together } of visits) {
        const data = { visitor, id, title, text: 'text' }
        const expected = stock.render(page, data)
        const request = {
          url: `/${page}?${new URLSearchParams(data)}`,
          headers: { 'accept-encoding': encoding },
        }
        const responses = await Promise.all(Array.from({ length: together }, () => app.inject(request)))
        for (const { rawPayload, headers } of responses) {
          sent++
          if (headers['content-encoding']) encoded++
          expect(decoded(rawPayload, headers['content-encoding'] as string).toString()).toBe(expected)
        }
        await app.fragments.settled()
        if (change === 'invalidate') await app.fragments.invalidate('films')
        if (change === 'delete') await app.fragments.delete('film', id)
      }
      await app.close()
    }),
    { numRuns: 25 },
  )
  expect(sent).toBeGreaterThan(100)
  expect(encoded).toBeGreaterThan(50)
})
