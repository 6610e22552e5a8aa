import { expect, test } from 'vitest'
import { cacheOf } from '../helpers/templates.ts'

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
])('not in %s', async (template) => {
  expect(await render(template)).toBe(template.replace(C, 'x'))
})

test.each([
  `<script></script>${C}`,
  `<p title="<!--">${C}`,
  `<!-- a -->${C}`,
  `1 < 2 ${C}`,
  `<title>a</title>${C}<p>`,
  `<!doctype html>${C}`,
  `<a href=x>${C}</a>`,
])('but in %s', async (template) => {
  expect(await render(template)).toContain('<!-- c miss')
})

test('not around a fragment that ends elsewhere than it began', async () => {
  expect(await render('{% cache "open" %}<p title="{% endcache %}">')).toBe('<p title="">')
})
