import nunjucks from 'nunjucks'
import { FragmentCache, type FragmentCacheOptions, type FragmentEvent, LeakError } from 'onetrip'
import { installCache } from 'onetrip/nunjucks'
import { memoryStore } from 'onetrip/stores/memory'
import { expect, test } from 'vitest'
import { TestLoader, told } from '../../helpers/templates.ts'

/** An environment that renders texts, as a mailer does. */
function mailer(templates: Record<string, string>, options: Partial<FragmentCacheOptions> = {}) {
  const environment = new nunjucks.Environment(new TestLoader(templates))
  const cache = new FragmentCache({ store: memoryStore(), ttl: '5m', ...options })
  const events: FragmentEvent[] = []
  cache.on((event) => events.push(event))
  installCache(environment, cache)
  const html = async (text: string, data: object, path?: string): Promise<string> => {
    const render = environment.renderString as (...args: unknown[]) => void
    const body = await new Promise<string>((resolve, reject) => {
      const done = (error: unknown, result: string) => (error ? reject(error) : resolve(result))
      render(text, data, { path }, done)
    })
    await new Promise((resolve) => setImmediate(resolve))
    await cache.settled()
    return body
  }
  return { html, events }
}

const anna = { user: { id: 1, name: 'Anna' } }
const berta = { user: { id: 2, name: 'Berta' } }
const hello = 'Hello {{ user.name }}'

test.each<[string, string, Record<string, string>]>([
  ['in the text', `{% cache "h" %}${hello}{% endcache %}`, {}],
  ['in what it includes', '{% cache "h" %}{% include "hello" %}{% endcache %}', { hello }],
  [
    'in a fragment that it includes',
    '{% include "part" %}',
    { part: `{% cache "h" %}${hello}{% endcache %}` },
  ],
  [
    'in a macro that it imports',
    '{% from "m" import hello %}{% cache "h" %}{{ hello(user) }}{% endcache %}',
    { m: '{% macro hello(who) %}Hello {{ who.name }}{% endmacro %}' },
  ],
  [
    'in its parent',
    '{% extends "base" %}',
    { base: `{% block b %}{% cache "h" %}${hello}{% endcache %}{% endblock %}` },
  ],
])('renderString: a leak %s', async (_where, text, templates) => {
  await expect(mailer(templates, { safety: 'error' }).html(text, anna)).rejects.toThrow(LeakError)
  const { html, events } = mailer(templates, { safety: 'uncached' })
  expect([await html(text, anna), await html(text, berta)]).toEqual(['Hello Anna', 'Hello Berta'])
  expect(told(events, 'write')).toEqual([])
  expect(told(events, 'error')).toContain('error LeakError')
})

test('renderString: a fragment without a leak is stored', async () => {
  const { html, events } = mailer({ hello }, { safety: 'error' })
  const text = '{% cache "h", user.id %}{% include "hello" %}{% endcache %}'
  expect([await html(text, anna), await html(text, anna)]).toEqual(['Hello Anna', 'Hello Anna'])
  expect(told(events, 'write', 'hit')).toEqual(['write h', 'hit h'])
})

test('renderString: the same source with another path includes another template', async () => {
  const templates = { '/a/part': 'films', '/b/part': hello }
  const { html } = mailer(templates, { safety: 'error' })
  const text = '{% cache "h" %}{% include "./part" %}{% endcache %}'
  expect(await html(text, anna, '/a/mail')).toBe('films')
  await expect(html(text, anna, '/b/mail')).rejects.toThrow(LeakError)
})

test('renderString: an edited include is read again', async () => {
  const templates = { part: 'films' }
  const { html } = mailer(templates, { safety: 'error' })
  const text = '{% cache "h" %}{% include "part" %}{% endcache %}'
  expect(await html(text, anna)).toBe('films')
  templates.part = hello
  await expect(html(text, anna)).rejects.toThrow(LeakError)
})
