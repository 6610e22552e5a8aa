import { beforeEach, expect, test } from 'vitest'
import { PageIdentity } from '../../../src/core/page/page-identity.ts'
import { PageCopies } from '../../../src/http/compress/page-copies.ts'

const identityOf = (text: string) => PageIdentity.of([text])

let copies: PageCopies
beforeEach(() => {
  copies = new PageCopies(100_000)
})

test('a page is kept from its second request on', () => {
  expect(copies.of(identityOf('page'))).toBeUndefined()
  const page = copies.of(identityOf('page'))
  expect(page).toBeDefined()
  expect(copies.of(identityOf('page'))).toBe(page)
})

test('pages with one fingerprint do not share a copy', () => {
  const alike = (text: string) =>
    Object.defineProperty(identityOf(text), 'fingerprint', { value: 7 }) as PageIdentity
  copies.of(alike('ann'))
  const ann = copies.of(alike('ann'))
  expect(ann).toBeDefined()
  const bob = copies.of(alike('bob'))
  expect(bob).not.toBe(ann)
  expect(bob?.identity.text).toBe('bob')
  expect(copies.of(alike('ann'))).not.toBe(ann)
})

test('a copy has memory of its own, and none of the Buffer that it was made of', () => {
  copies.of(identityOf('page'))
  const page = copies.of(identityOf('page'))
  if (!page) throw new Error('not kept')
  const bytes = Buffer.from('compressed')
  copies.keep(page, 'gzip', bytes)
  bytes.fill(0)
  const copy = page.copies.get('gzip') as Buffer
  expect(copy.toString()).toBe('compressed')
  expect(copy.buffer.byteLength).toBe(copy.length)
})

test('the memory is bounded, and counts what is kept', () => {
  const text = 'x'.repeat(2_000)
  for (let n = 0; n < 200; n++) {
    copies.of(identityOf(`${text}${n}`))
    const page = copies.of(identityOf(`${text}${n}`))
    if (page) copies.keep(page, 'gzip', Buffer.alloc(1_000))
    expect(copies.bytes).toBeLessThanOrEqual(100_000)
  }
  expect(copies.bytes).toBeGreaterThan(80_000)
})

test('a page that is too large is not kept, by its text or by its copy', () => {
  const large = 'x'.repeat(100_000)
  copies.of(identityOf(large))
  expect(copies.of(identityOf(large))).toBeUndefined()
  copies.of(identityOf('page'))
  const page = copies.of(identityOf('page'))
  if (!page) throw new Error('not kept')
  copies.keep(page, 'gzip', Buffer.alloc(50_000))
  expect(page.copies.size).toBe(0)
})
