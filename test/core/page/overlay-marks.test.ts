import { expect, test } from 'vitest'
import { cacheOf, type Site } from '../../helpers/templates.ts'

const C = '{% cache "c", ttl="1m" %}x{% endcache %}'
const BEGIN = '<!--onetrip-overlay:0-->'
const END = '<!--onetrip-overlay:/0-->'

async function renderIn(cache: Site['cache'], data: object = {}): Promise<string> {
  const page = cache.open({ inspection: { allowed: () => true, overlay: () => '' } })
  const { body } = await page.render('page', data)
  await page.writeBack()
  return body.toString().replace('<!--onetrip-overlay:page-->', '')
}

function render(template: string): Promise<string> {
  return renderIn(cacheOf(template).cache)
}

test('marks stand where a comment may stand, around misses and hits', async () => {
  const { cache } = cacheOf(`<p>${C}</p>`)
  for (let n = 0; n < 2; n++) expect(await renderIn(cache)).toBe(`<p>${BEGIN}x${END}</p>`)
})

test.each([
  `<p title="${C}">`,
  `<p title='${C}'>`,
  `<p ${C}>`,
  `<p title="a>b" data-x=${C}>`,
  `<script>var a = "${C}"</script>`,
  `<SCRIPT>if (a < b) ${C}</SCRIPT>`,
  `<style>.a { content: "${C}" }</style>`,
  `<title>${C}</title>`,
  `<textarea>${C}</textarea>`,
  `<!-- a ${C} -->`,
  `<!-${C}`,
  `<script><!-- <script></script> ${C} --></script>`,
  `<noscript>${C}</noscript>`,
  `<svg><![CDATA[${C}]]></svg>`,
  `<iframe srcdoc="<p>${C}"></iframe>`,
  `${C}<!doctype html><p>`,
  `<?xml version="1.0"?><feed>${C}</feed>`,
  `["${C}"]`,
  `text ${C}`,
])('not in %s', async (template) => {
  expect(await render(template)).toBe(template.replace(C, 'x'))
})

test.each([
  `<script></script>${C}`,
  `<p title="<!--">${C}`,
  `<!-- a -->${C}`,
  `<p>1 < 2 ${C}`,
  `<title>a</title>${C}<p>`,
  `<!doctype html>${C}`,
  `<a href=x>${C}</a>`,
  `<svg><title>${C}</title></svg>`,
  `<svg><style></svg>${C}`,
  `<math><p>${C}<title>t</title>`,
  `<template>${C}</template>`,
  `<script><!-- <script></script> --></script>${C}`,
])('but in %s', async (template) => {
  expect(await render(template)).toContain(BEGIN)
})

test('not around a fragment that ends elsewhere than it began', async () => {
  expect(await render('{% cache "open" %}<p title="{% endcache %}">')).toBe('<p title="">')
})

test('not around a fragment that has the doctype in it', async () => {
  expect(await render('{% cache "page" %}<!doctype html><p>{% endcache %}')).toBe('<!doctype html><p>')
})

test('a fragment inside a miss has marks of its own; inside a hit it is a part of that', async () => {
  const { cache } = cacheOf('{% cache "a" %}<i>{% cache "b" %}<b>b</b>{% endcache %}</i>{% endcache %}')
  const mark = (label: string) => `<!--onetrip-overlay:${label}-->`
  const inner = `${mark('1')}<b>b</b>${mark('/1')}`
  expect(await renderIn(cache)).toBe(`${mark('0')}<i>${inner}</i>${mark('/0')}`)
  expect(await renderIn(cache)).toBe(`${mark('0')}<i><b>b</b></i>${mark('/0')}`)
})

test('a nocache hole is marked, in a miss and in a hit', async () => {
  const { cache } = cacheOf('<p>{% cache "a" %}a{% nocache %}{{ name }}{% endnocache %}{% endcache %}')
  for (const name of ['Ada', 'Bob']) {
    const hole = `<!--onetrip-overlay:nocache-->${name}<!--onetrip-overlay:/nocache-->`
    expect(await renderIn(cache, { name })).toBe(`<p>${BEGIN}a${hole}${END}`)
  }
})

test('no entry has a mark, also where the HTML of one render is data of another', async () => {
  const { cache, events } = cacheOf({
    part: '<b>{% cache "part" %}part{% endcache %}</b>',
    page: '{% cache "whole" %}{{ part | safe }}{{ part }}{% endcache %}',
  })
  const page = cache.open({ inspection: { allowed: () => true, overlay: () => '' } })
  const part = (await page.render('part')).body.toString()
  expect(part).toContain(BEGIN)
  await page.render('page', { part })
  await page.writeBack()
  expect(events.filter(({ type }) => type === 'write')).toMatchObject([{ name: 'part' }])
  expect(events.find(({ type }) => type === 'skip')).toMatchObject({ name: 'whole' })
  expect((await cache.inspect('part')).html).toBe('part')
})

test('a request that may not see the overlay has the page as it is', async () => {
  const { cache } = cacheOf(`<p>${C}</p>`)
  const page = cache.open({ inspection: { allowed: async () => false, overlay: () => '<script>' } })
  expect((await page.render('page')).body.toString()).toBe('<p>x</p>')
  const sampler = cache.sampleTraces({ every: 1 })
  const traced = cache.open({ inspection: { allowed: () => false, overlay: () => '<script>' } })
  expect((await traced.render('page')).body.toString()).toBe('<p>x</p>')
  await traced.writeBack()
  expect(sampler.recent).toHaveLength(1)
})
