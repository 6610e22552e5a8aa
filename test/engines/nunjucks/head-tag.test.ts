import { TagError } from 'onetrip'
import { expect, test } from 'vitest'
import { cacheOf, engineOf, told } from '../../helpers/templates.ts'

test('content that a body adds to the head is there on a hit, once for all fragments', async () => {
  const { html, events } = cacheOf(
    '<head><title>t</title></head>{% for n in [1, 2] %}{% cache "card", n %}{{ n }}{% head %}<link href="card.css">{% endhead %}{% endcache %}{% endfor %}',
  )
  for (let n = 0; n < 2; n++)
    expect(await html()).toBe('<head><title>t</title><link href="card.css"></head>12')
  expect(told(events, 'hit')).toHaveLength(2)
})

test('content that inner fragments add is stored with the outer ones', async () => {
  const { html, events, cache } = cacheOf({
    page: '<head></head>{% cache "out" %}{% include "in" %}{% endcache %}',
    alone: '<head></head>{% include "in" %}',
    in: '{% cache "in" %}{% head %}<script src="in.js"></script>{% endhead %}in{% endcache %}',
  })
  await html({}, 'alone')
  for (let n = 0; n < 2; n++) expect(await html()).toBe('<head><script src="in.js"></script></head>in')
  await cache.delete('in')
  expect(await html()).toBe('<head><script src="in.js"></script></head>in')
  expect(told(events, 'hit').at(-1)).toBe('hit out')
})

test('a nonce in it is printed for each request', async () => {
  const { html } = cacheOf(
    '<head></head>{% cache "a" %}a{% head %}<script nonce="{{ cspNonce }}"></script>{% endhead %}{% endcache %}',
    { perRequest: ['cspNonce'] },
  )
  for (const cspNonce of ['n1', 'n2', 'n3']) {
    expect(await html({ cspNonce })).toBe(`<head><script nonce="${cspNonce}"></script></head>a`)
  }
})

test('a page without a head, such as a part that a script asks for, begins with it', async () => {
  const { html } = cacheOf('<p>{% cache "a" %}a{% head %}<link>{% endhead %}{% endcache %}</p>')
  for (let n = 0; n < 2; n++) expect(await html()).toBe('<link><p>a</p>')
})

const LINK = '{% cache "link" %}{% head %}<link>{% endhead %}{% endcache %}'

test.each([
  [`<!doctype html><title>t</title><p>${LINK}</p>`, '<!doctype html><title>t</title><link><p></p>'],
  [
    `<head><!-- </head> --><script>"</head>"</script></head>${LINK}<iframe srcdoc="</head>"></iframe>`,
    '<head><!-- </head> --><script>"</head>"</script><link></head><iframe srcdoc="</head>"></iframe>',
  ],
  [
    `{% cache "start" %}<head><title>{% endcache %}</head>{% cache "rest" %}</title></head><p>{% endcache %}${LINK}`,
    '<head><title></head></title><link></head><p>',
  ],
  [
    `{% cache "html" %}<html>{% endcache %}{% cache "body" %}<body>{% endcache %}${LINK}`,
    '<html><link><body>',
  ],
  [`{% cache "doctype" %}<!doctype html>{% endcache %}${LINK}`, '<!doctype html><link>'],
])('the head of %s is found on a hit, too', async (template, expected) => {
  const { html, events } = cacheOf(template)
  for (let n = 0; n < 2; n++) expect(await html()).toBe(expected)
  expect(told(events, 'miss').every((text) => text.endsWith('absent'))).toBe(true)
  expect(engineOf({ page: template }).environment.render('page')).toBe(expected)
})

test.each([
  `<?xml version="1.0"?><feed><title></head></title>${LINK}</feed>`,
  `{ "head": "<head></head>"${LINK} }`,
  `Films${LINK}: none`,
])('nothing is added to %s, which is no HTML', async (template) => {
  const { html } = cacheOf(template)
  for (let n = 0; n < 2; n++) expect(await html()).toBe(template.replace(LINK, ''))
  expect(engineOf({ page: template }).environment.render('page')).toBe(template.replace(LINK, ''))
})

test('a template that is rendered without a page has it', () => {
  const { environment } = engineOf({
    page: '<head></head>{% cache "a" %}{% for n in [1, 2] %}{% head %}x{% endhead %}{% endfor %}a{% endcache %}',
  })
  expect(environment.render('page')).toBe('<head>x</head>a')
})

test.each([
  ['{% head "x" %}{% endhead %}', /takes nothing/],
  ['{% cache "a" %}{% head %}x{% endcache %}', /A head tag is not closed: \{% endhead %\} is missing/],
])('%s is refused', async (page, message) => {
  const { html } = cacheOf(page)
  await expect(html()).rejects.toThrow(TagError)
  await expect(html()).rejects.toThrow(message)
})
