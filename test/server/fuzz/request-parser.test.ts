import { expect, test } from 'vitest'
import { ProtocolError, RequestParser } from '../../../src/server/protocol/request-parser.ts'
import { random } from '../helpers/random.ts'
import { inputOf } from './inputs.ts'

const COMMANDS = ['get', 'set', 'client|list']

/** Parses bytes from chunks. Returns the requests, and the protocol error that ended them. */
function parse(bytes: string, chunkSize: () => number): { requests: string[][]; problem: string } {
  const parser = new RequestParser(true)
  const requests: string[][] = []
  try {
    for (let at = 0; at < bytes.length; ) {
      const end = at + chunkSize()
      parser.push(Buffer.from(bytes.slice(at, end), 'latin1'))
      for (let request = parser.next(); request; request = parser.next()) requests.push(request)
      at = end
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    return { requests, problem: error.message }
  }
  return { requests, problem: '' }
}

test('any bytes are parsed the same wherever their chunks end', () => {
  const next = random(1)
  for (let n = 0; n < 3_000; n++) {
    const bytes = inputOf(next, COMMANDS) + inputOf(next, COMMANDS) + inputOf(next, COMMANDS)
    const whole = parse(bytes, () => bytes.length)
    const pieces = parse(bytes, () => 1 + next(next(2) === 0 ? 3 : 40))
    expect(pieces, JSON.stringify(bytes)).toEqual(whole)
  }
})

test('a chunk that ends after the length of an argument does not hold up shorter requests', () => {
  const parser = new RequestParser(true)
  const requests: string[][] = []
  for (const chunk of ['*1\r\n$100\r\n', `${'x'.repeat(100)}\r\nPIN`, 'G\r', '\n']) {
    parser.push(Buffer.from(chunk, 'latin1'))
    for (let request = parser.next(); request; request = parser.next()) requests.push(request)
  }
  expect(requests).toEqual([['x'.repeat(100)], ['PING']])
})
