import { expect, test } from 'vitest'
import { policyNonce } from '../../../src/http/overlay/policy-nonce.ts'

test.each([
  [undefined, undefined],
  ["default-src 'self'", undefined],
  ["default-src 'nonce-a'", 'a'],
  ["style-src 'nonce-style'; script-src 'nonce-b' 'strict-dynamic'", 'b'],
  ["script-src 'nonce-b'; script-src-elem 'nonce-c'", 'c'],
  ["script-src 'self'; default-src 'nonce-a'", undefined],
  [["default-src 'none'", "script-src 'nonce-d=='"], 'd=='],
  ["SCRIPT-SRC 'nonce-e'", 'e'],
])('%j has the nonce %j', (header, nonce) => {
  expect(policyNonce(header)).toBe(nonce)
})
