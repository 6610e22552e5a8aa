import { describe, expect, test } from 'vitest'
import { readCompressPages } from '../../../src/http/compress/compress-options.ts'
import { ENCODERS } from '../../../src/http/compress/encodings.ts'

test('off by default, and by false', () => {
  expect([undefined, false].map(readCompressPages)).toEqual([undefined, undefined])
})

test('true is the defaults, and so are members that are undefined', () => {
  const defaults = readCompressPages(true)
  expect(defaults).toMatchObject({ threshold: 1024, maxBytes: 32 * 1024 * 1024 })
  expect(defaults?.encodings).toEqual([...ENCODERS.keys()])
  expect(defaults?.encodings.filter((name) => name !== 'zstd')).toEqual(['br', 'gzip'])
  expect(Object.fromEntries(defaults?.quality ?? [])).toMatchObject({ br: 8, gzip: 9 })
  const given = {
    encodings: undefined,
    threshold: undefined,
    quality: { br: undefined },
    maxBytes: undefined,
  }
  expect(readCompressPages(given)).toEqual(defaults)
})

test('members', () => {
  const config = readCompressPages({
    encodings: ['gzip', 'br', 'gzip'],
    threshold: '2KB',
    quality: { br: 11 },
    maxBytes: Number.POSITIVE_INFINITY,
  })
  expect(config).toMatchObject({ encodings: ['gzip', 'br'], threshold: 2048, maxBytes: Infinity })
  expect(config?.quality.get('br')).toBe(11)
})

describe('refused', () => {
  test.each<[unknown, RegExp]>([
    ['gzip', /^The option compress must be true, false, or an object such as .*, not 'gzip'\.$/],
    [{ encodings: 'gzip' }, /compress\.encodings must be an array such as/],
    [{ encodings: [] }, /compress\.encodings must be an array such as/],
    [{ encodings: ['brotli'] }, /compress\.encodings has 'brotli': the content codings are 'br'/],
    [{ quality: 9 }, /compress\.quality must be an object such as/],
    [{ quality: { deflate: 1 } }, /compress\.quality has 'deflate'/],
    [{ quality: { gzip: 10 } }, /compress\.quality\.gzip must be a whole number from 1 to 9, not 10/],
    [{ quality: { br: 1.5 } }, /compress\.quality\.br must be a whole number from 0 to 11, not 1\.5/],
    [{ threshold: -1 }, /compress\.threshold/],
    [{ maxBytes: 'much' }, /compress\.maxBytes/],
  ])('%j', (value, message) => {
    expect(() => readCompressPages(value)).toThrow(message)
    expect(() => readCompressPages(value)).toThrow(expect.objectContaining({ code: 'ERR_ONETRIP_OPTION' }))
  })

  test('zstd is taken from Node 22.15 on', () => {
    const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
    expect(ENCODERS.has('zstd')).toBe(major > 22 ? major > 23 || minor >= 8 : major === 22 && minor >= 15)
    const read = () => readCompressPages({ encodings: ['zstd'] })
    if (ENCODERS.has('zstd')) expect(read()?.encodings).toEqual(['zstd'])
    else expect(read).toThrow(/needs 22\.15/)
  })
})
