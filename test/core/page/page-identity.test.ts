import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FragmentCache } from '../../../src/core/fragment-cache.ts'
import type { PageContent } from '../../../src/core/page/page-content.ts'
import { memoryStore } from '../../../src/stores/memory/index.ts'
import { engineOf } from '../../helpers/templates.ts'
import { fragment, type Part, scriptedEngine } from '../../http/scripted-engine.ts'

/** The script of a page is its data: texts, and fragments by key, each with one content. */
type Piece = string | { readonly key: string; readonly html: string }

const partOf = (piece: Piece): Part =>
  typeof piece === 'string' ? piece : fragment('part', [piece.key], () => [piece.html])
const engine = scriptedEngine({ page: ({ pieces }: { pieces: Piece[] }) => pieces.map(partOf) })

async function contentOf(cache: FragmentCache, data: object): Promise<PageContent> {
  const page = cache.open()
  const { content } = await page.renderUnjoined('page', data)
  void content.body
  void content.identity
  await page.writeBack()
  await cache.settled()
  return content
}

// Few and similar ones, so that pages differ by little: by where a text ends, or by a letter.
const text = fc.constantFrom('', 'a', 'b', 'ab', 'ba', '1 ', '2 a', 'é', '\ud800', '\ud801', '€'.repeat(3))
const piece = fc.oneof(
  text,
  fc.record({ key: fc.constantFrom('k', 'l', 'kl'), html: fc.constantFrom('', 'a', 'ab', 'b') }),
)
const pageData = fc.array(piece, { maxLength: 5 })

test('pages with equal identities, or equal digests, have equal bytes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(pageData, { minLength: 2, maxLength: 6 }), async (pages) => {
      const cache = new FragmentCache({
        store: memoryStore(),
        engine,
        ttl: '1m',
        entries: { allowEmpty: true },
      })
      const contents: PageContent[] = []
      // Twice: of the second round all fragments are hits.
      for (const pieces of [...pages, ...pages]) contents.push(await contentOf(cache, { pieces }))
      for (const one of contents) {
        for (const other of contents) {
          const { identity } = other
          const alike = one.identity.equals(identity)
          expect(alike && !one.body.equals(other.body)).toBe(false)
          const oneDigest = one.identity.digest === identity.digest
          expect(alike && !oneDigest).toBe(false)
          expect(oneDigest && !one.body.equals(other.body)).toBe(false)
          expect(one.identity.equals(identity.detached())).toBe(alike)
        }
      }
      await cache.close()
    }),
    { numRuns: 150 },
  )
})

test('a page of hits has the same identity each time, until an entry is written again', async () => {
  const cache = new FragmentCache({ store: memoryStore(), engine, ttl: '1m' })
  const data = { pieces: ['<h1>', { key: 'k', html: 'film' }, '</h1>'] }
  const missed = await contentOf(cache, data)
  expect(missed.identity.kind).toBe('misses')
  const first = await contentOf(cache, data)
  const second = await contentOf(cache, data)
  expect(first.identity.kind).toBe('entries')
  expect(second.identity.equals(first.identity)).toBe(true)
  expect(missed.identity.equals(first.identity)).toBe(false)
  await cache.delete('part', 'k')
  await contentOf(cache, data)
  const rewritten = await contentOf(cache, data)
  expect(rewritten.body.equals(first.body)).toBe(true)
  expect(rewritten.identity.equals(first.identity)).toBe(false)
  await cache.close()
})

test('a {% nocache %} makes it a page with holes, wherever it stands', async () => {
  const template = {
    page: '{% cache "a" %}x{% nocache %}{{ user }}{% endnocache %}y{% nocache %}{{ role }}{% endnocache %}{% endcache %}',
  }
  const cache = new FragmentCache({ store: memoryStore(), engine: engineOf(template), ttl: '1m' })
  await contentOf(cache, { user: 'ann', role: '' })
  const ann = await contentOf(cache, { user: 'ab', role: 'c' })
  const other = await contentOf(cache, { user: 'a', role: 'bc' })
  expect([ann.identity.kind, other.identity.kind]).toEqual(['holes', 'holes'])
  expect(ann.body.toString()).toBe('xabyc')
  expect(other.body.toString()).toBe('xaybc')
  // Where a hole ends is part of it.
  expect(ann.identity.digest).not.toBe(other.identity.digest)
  await cache.close()
})

test('a page that another one rendered for is not known by a stamp of the store', async () => {
  let go = () => {}
  const waiting = new Promise<void>((resolve) => {
    go = resolve
  })
  const slow = scriptedEngine({
    page: () => [
      fragment('slow', [], async () => {
        await waiting
        return ['text']
      }),
    ],
  })
  const cache = new FragmentCache({ store: memoryStore(), engine: slow, ttl: '1m' })
  const pages = [cache.open(), cache.open()]
  const rendering = pages.map((page) => page.renderUnjoined('page', {}))
  await new Promise(setImmediate)
  go()
  const contents = (await Promise.all(rendering)).map(({ content }) => content)
  expect(pages.map((page) => page.fragments.map(({ joined }) => joined))).toEqual([[undefined], [true]])
  expect(contents.map(({ identity }) => identity.kind)).toEqual(['misses', 'misses'])
  for (const page of pages) await page.writeBack()
  await cache.close()
})
