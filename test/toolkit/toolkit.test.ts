import { toolkit } from 'onetrip/toolkit'
import { describe, expect, test } from 'vitest'

describe('toolkit', () => {
  test('refuses a missing connection, unknown options, and values of a wrong type', async () => {
    expect(() => toolkit(undefined as never)).toThrow('redis is undefined')
    expect(() => toolkit('redis://localhost', { prefx: 'a:' } as never)).toThrow('prefix')
    expect(() => toolkit('redis://localhost', { prefix: 7 } as never)).toThrow('must be a string')
    expect(() => toolkit('redis://localhost', { codec: {} } as never)).toThrow('encode and decode')
  })
})
