import nunjucks from 'nunjucks'
import { afterEach, describe, expect, test } from 'vitest'
import { nunjucksEngine } from '../../src/engines/nunjucks/index.ts'
import { TestLoader } from '../helpers/templates.ts'
import { frameworks, type Site } from './frameworks.ts'

const PAGE = '<head></head>{% cache "a" %}{% head %}<link>{% endhead %}a{% endcache %}'

describe.each(frameworks)('$name', (framework) => {
  let site: Site
  afterEach(() => site.close())

  test.each([
    ['text/html; charset=utf-8', '<head><link></head>a'],
    ['application/xhtml+xml', '<head><link></head>a'],
    ['application/xml', '<head></head>a'],
    ['text/plain; charset=utf-8', '<head></head>a'],
    [undefined, '<head><link></head>a'],
  ])('what is sent as %s gets a head only if it is HTML', async (type, expected) => {
    const engine = nunjucksEngine({ environment: new nunjucks.Environment(new TestLoader({ page: PAGE })) })
    site = await framework.start(
      { engine, ttl: '1m' },
      {
        '/': (exchange) => {
          if (type) exchange.header('content-type', type)
          return exchange.render('page')
        },
      },
    )
    for (let n = 0; n < 2; n++) {
      const response = await fetch(`${site.origin}/`)
      expect(await response.text()).toBe(expected)
      if (type) expect(response.headers.get('content-type')).toContain(type.split(';')[0])
      await site.settled()
    }
  })
})
