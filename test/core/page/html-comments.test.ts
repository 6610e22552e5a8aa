import { expect, test } from 'vitest'
import { cacheOf } from '../../helpers/templates.ts'

const C = '{% cache "c", ttl="1m" %}x{% endcache %}'

async function render(template: string): Promise<string> {
  const { html } = cacheOf(template, { comments: true })
  return html()
}

test('comments stand where a comment may stand, and say what became of the fragment', async () => {
  const { html } = cacheOf(`<p>${C}</p>`, { comments: true })
  expect(await html()).toMatch(/^<p><!-- c miss \(absent\) [\d.]+ ms, page:1 -->x<!-- \/c --><\/p>$/)
  expect(await html()).toBe('<p><!-- c hit, page:1 -->x<!-- /c --></p>')
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
  expect(await render(template)).toContain('<!-- c miss')
})

test('not around a fragment that ends elsewhere than it began', async () => {
  expect(await render('{% cache "open" %}<p title="{% endcache %}">')).toBe('<p title="">')
})

test('not around a fragment that has the doctype in it', async () => {
  expect(await render('{% cache "page" %}<!doctype html><p>{% endcache %}')).toBe('<!doctype html><p>')
})
