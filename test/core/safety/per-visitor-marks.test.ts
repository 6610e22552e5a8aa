import nunjucks from 'nunjucks'
import { FragmentCache, LeakError, perVisitor } from 'onetrip'
import { nunjucksEngine } from 'onetrip/nunjucks'
import { memoryStore } from 'onetrip/stores/memory'
import { describe, expect, test } from 'vitest'
import { TestLoader } from '../../helpers/templates.ts'

interface Post {
  slug: string
  author: { name: string }
}

function siteOf(body: string): (data: object) => Promise<string> {
  const templates = { page: `{% cache "a" %}${body}{% endcache %}` }
  const environment = new nunjucks.Environment(new TestLoader(templates))
  environment.addFilter('link', (post: Post) => `/posts/${post.slug}`)
  environment.addFilter('authorOf', (post: Post) => post.author.name)
  environment.addFilter('byline', (post: Post) => `<i>by ${post.author.name}</i>`)
  environment.addFilter('attributes', (post: Post) => JSON.stringify(post))
  environment.addFilter(
    'later',
    (post: Post, done: (error: null, text: string) => void) => done(null, post.author.name),
    true,
  )
  environment.addGlobal('JSON', JSON)
  environment.addGlobal('linkTo', (post: Post) => `/posts/${post.slug}`)
  environment.addGlobal('creditOf', (post: Post) => `by ${post.author.name}`)
  const cache = new FragmentCache({
    store: memoryStore(),
    ttl: '5m',
    engine: nunjucksEngine({ environment }),
    safety: 'error',
  })
  return async (data) => (await cache.render('page', data)).body.toString()
}

const page = () => {
  const post = {
    slug: 'one',
    title: 'One',
    age: 3,
    author: perVisitor({ name: 'Anna' }),
    tags: [{ by: perVisitor({ name: 'Anna' }) }],
  }
  return { post, posts: [post], names: [perVisitor('Al'), 'Bo'], nested: [[perVisitor(7)]] }
}

describe('a fragment that prints a marked value is a leak', () => {
  test.each([
    '{{ post | dump }}',
    '{{ post | dump(2) }}',
    '{{ posts | dump | safe }}',
    '{{ post | attributes }}',
    '{{ post | authorOf }}',
    '{{ post | byline | safe }}',
    '{{ post | later }}',
    '{{ JSON.stringify(post) | safe }}',
    '{{ creditOf(post) }}',
    '{{ names | join(", ") }}',
    '{{ names }}',
    '{{ nested }}',
    '{% for name in names %}{{ name }}{% endfor %}',
    '{{ (posts | first).author.name }}',
    '{% set text = post | dump %}{{ text }}',
    '{% filter upper %}{{ post | dump }}{% endfilter %}',
  ])('%s', async (body) => {
    await expect(siteOf(body)(page())).rejects.toThrow(LeakError)
  })
})

describe('a fragment that does not read it is not', () => {
  test.each([
    ['{{ posts | length }}', '1'],
    ['{{ post.tags | length }}', '1'],
    ['{{ post | link }}', '/posts/one'],
    ['{{ linkTo(post) }}', '/posts/one'],
    ['{{ (posts | first).title }}', 'One'],
    ['{{ posts | join(", ", "title") }}', 'One'],
    ['{% for p in posts | sort(false, false, "title") %}{{ p.title }}{% endfor %}', 'One'],
    ['{% for kind, list in posts | groupby("title") %}{{ kind }}{{ list | length }}{% endfor %}', 'One1'],
    ['{{ post.title | upper }}', 'ONE'],
    ['{% nocache %}{{ post | byline | safe }}{% endnocache %}', '<i>by Anna</i>'],
  ])('%s', async (body, html) => {
    expect(await siteOf(body)(page())).toBe(html)
  })
})
