import { describe, expect, it } from 'vitest'
import { memoryStore } from '../../../src/stores/memory/index.ts'

/** Without types, as a user of JavaScript calls it. */
const memory = memoryStore as (options?: unknown) => ReturnType<typeof memoryStore>

describe('options of memoryStore', () => {
  it.each([
    ['a number', 64, /must be an object.*got 64/],
    ['null', null, /must be an object.*got null/],
    [
      'maxBytes as a string without a unit',
      { maxBytes: '10' },
      /maxBytes must be a whole number of bytes, at least 1024, or a string such as '64MB'; got '10'/,
    ],
    ['a negative maxBytes', { maxBytes: -1 }, /got -1/],
    ['a maxBytes of NaN', { maxBytes: Number.NaN }, /got NaN/],
    ['an endless maxBytes', { maxBytes: Number.POSITIVE_INFINITY }, /got Infinity/],
    ['half a byte', { maxBytes: 2048.5 }, /got 2048.5/],
    ['a maxBytes of megabytes', { maxBytes: 64 }, /at least 1024, or a string such as '64MB'; got 64/],
    ['another name', { maxSize: 1e6 }, /no option "maxSize": did you mean "maxBytes"\? It takes: maxBytes/],
  ] as [string, unknown, RegExp][])('refuses %s', (_, given, says) => {
    expect(() => memory(given)).toThrow(
      expect.objectContaining({ code: 'ERR_ONETRIP_OPTION', message: expect.stringMatching(says) }),
    )
  })

  it('accepts none, an empty object, an undefined value', async () => {
    for (const given of [undefined, {}, { maxBytes: undefined }]) {
      expect(await memory(given).getMany(['a'])).toEqual([null])
    }
  })
})
