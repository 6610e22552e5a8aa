import { expect, test } from 'vitest'
import { TextCache } from '../../../src/server/protocol/text-cache.ts'
import { random } from '../helpers/random.ts'

test('texts are those of the bytes, whatever was read before', () => {
  const below = random(1)
  const cache = new TextCache()
  for (let n = 0; n < 20_000; n++) {
    // Few letters and lengths, so that many are read again, and many share a place.
    const text = Array.from({ length: below(13) }, () =>
      String.fromCharCode([0, 65, 97, 255][below(4)] as number),
    ).join('')
    const buffer = Buffer.from(`.${text}.`, 'latin1')
    expect(cache.read(buffer, 1, 1 + text.length)).toBe(text)
  }
})
