import nunjucks from 'nunjucks'
import { TagError } from 'onetrip'
import { nunjucksEngine } from 'onetrip/nunjucks'
import { expect, test } from 'vitest'
import { cacheOf, TestLoader, told } from '../../helpers/templates.ts'

const perRequest = ['csrfToken', 'cspNonce']
const one = { csrfToken: 'token-1', cspNonce: 'nonce-1', films: [{ id: 1 }, { id: 2 }] }
const two = { ...one, csrfToken: 'token-2', cspNonce: 'nonce-2' }

async function expectFresh(templates: Record<string, string> | string, shown: (data: typeof one) => string) {
  const { html, events } = cacheOf(templates, { perRequest })
  expect(await html(one)).toBe(shown(one))
  expect(await html(two)).toBe(shown(two))
  expect(await html(one)).toBe(shown(one))
  expect(told(events, 'hit').length).toBeGreaterThan(1)
  expect(told(events, 'skip', 'error')).toEqual([])
}

test('printing such a name in a body makes a hole', () =>
  expectFresh(
    '{% cache "form" %}<input value="{{ csrfToken }}"><script nonce={{ cspNonce }}>{{ csrfToken | length }}</script>{% endcache %}',
    ({ csrfToken, cspNonce }) => `<input value="${csrfToken}"><script nonce=${cspNonce}>7</script>`,
  ))

test('values set around it are passed to the hole', () =>
  expectFresh(
    '{% set sep = ":" %}{% cache "forms" %}{% for film in films %}{{ csrfToken ~ sep ~ film.id ~ (film.id if true) }} {% endfor %}{% endcache %}',
    ({ csrfToken }) => `${csrfToken}:11 ${csrfToken}:22 `,
  ))

test('in an include, a macro, and as an argument of an imported macro', () =>
  expectFresh(
    {
      page: '{% from "forms" import field %}{% macro token() %}<{{ csrfToken }}>{% endmacro %}{% cache "form" %}{% include "inc" %}{{ token() }}{{ field("_csrf", csrfToken) }}{% endcache %}',
      inc: '{% set name = "n" %}{{ name ~ csrfToken }}',
      forms: '{% macro field(name, value) %}<input name="{{ name }}" value="{{ value }}">{% endmacro %}',
    },
    ({ csrfToken }) => `n${csrfToken}<${csrfToken}><input name="_csrf" value="${csrfToken}">`,
  ))

test('outside of fragments it is printed directly', async () => {
  const { html } = cacheOf('{{ csrfToken }}{% filter upper %}{{ csrfToken }}{% endfilter %}', { perRequest })
  expect(await html(one)).toBe('token-1TOKEN-1')
})

test('a macro argument of the same name is not per request', async () => {
  const { html, events } = cacheOf(
    '{% macro show(csrfToken) %}[{{ csrfToken }}]{% endmacro %}{% cache "a" %}{{ show("mine") }}{% endcache %}',
    { perRequest },
  )
  expect(await html(one)).toBe('[mine]')
  expect(await html(two)).toBe('[mine]')
  expect(told(events, 'hit')).toEqual(['hit a'])
})

test('an asynchronous filter of such a name is refused, with a hint to use a hole', async () => {
  const environment = new nunjucks.Environment(
    new TestLoader({
      page: '{% cache "a" %}\n{{ csrfToken | later }}{% endcache %}',
      hole: '{% cache "a" %}{% nocache %}{{ csrfToken | later }}{% endnocache %}{% endcache %}',
    }),
  )
  environment.addFilter(
    'later',
    (value: unknown, done: (e: null, v: unknown) => void) => done(null, value),
    true,
  )
  const { html } = cacheOf({}, { engine: nunjucksEngine({ environment }), perRequest })
  await expect(html(one)).rejects.toThrow(TagError)
  await expect(html(one)).rejects.toThrow(/"later" is given "csrfToken".*\(page, line 2\)/)
  expect(await html(one, 'hole')).toBe('token-1')
  expect(await html(two, 'hole')).toBe('token-2')
})

test.each([['csrfToken'], [[1]], [['user.name']], [{}]])('perRequest: %j is refused', (value) => {
  expect(() => cacheOf('', { perRequest: value as never })).toThrow(
    /The option perRequest .*\['csrfToken', 'cspNonce'\]/,
  )
})
