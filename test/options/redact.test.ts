import { inspect } from 'node:util'
import { OptionError, StoreError } from 'onetrip'
import { expect, test } from 'vitest'
import { redact, redactError } from '../../src/options/redact.ts'
import { kyotoTycoonStore } from '../../src/stores/kyoto-tycoon/index.ts'
import { memcachedStore } from '../../src/stores/memcached/index.ts'

const SECRET = 's3cret'

test.each([
  [`redis://:${SECRET}@host:6379/0`, 'redis://***@host:6379/0'],
  [`connect to rediss://user:${SECRET}@host failed`, 'connect to rediss://***@host failed'],
  [`"mongodb+srv://user:a/${SECRET}#?@b@host"`, '"mongodb+srv://***@host"'],
  [`user:${SECRET}@host:11211`, 'user:***@host:11211'],
  [`redis:${SECRET}@host`, 'redis:***@host'],
  [`redis:/u:${SECRET}@host`, 'redis:***@host'],
  [`redis://host?password=${SECRET}&db=1`, 'redis://host?password=***&db=1'],
  [`redis://host/0?sentinelPassword=${SECRET}`, 'redis://host/0?sentinelPassword=***'],
  [`file:///app/a.db?u=redis://u:${SECRET}@host`, 'file:///app/a.db?u=redis://***@host'],
  [`ERR unknown command \`AUTH\`, with args beginning with: \`${SECRET}\`, `, 'ERR unknown command `AUTH`'],
])('%s is shown without its password', (text, shown) => {
  expect(redact(text)).toBe(shown)
  expect(new OptionError(text).message).toBe(shown)
})

test.each([
  'redis://host:6379/0',
  'mail bob@example.com',
  'views/home.njk, line 7: "film.title" is undefined',
  'file:///app/node_modules/@fastify/view/index.js:3',
  'C:\\app\\node_modules\\@fastify\\view',
  '',
])('%s is shown as it is', (text) => {
  expect(redact(text)).toBe(text)
})

test('the time it takes is linear in the length of the text', () => {
  const text = `${'a:b?c=auth'.repeat(200_000)} @ ${'?pass'.repeat(200_000)}`
  expect(redact(text)).toBe(text)
})

test('an error of a store holds no password, nor do those that it holds', () => {
  const url = `redis://user:${SECRET}@host`
  const invalid = Object.assign(new TypeError('Invalid URL'), { code: 'ERR_INVALID_URL', input: url })
  const several = new AggregateError([new Error(`connect ${url}`)], `all failed: ${url}`, { cause: invalid })
  const error = new StoreError(`cannot connect to ${url}`, { cause: several })
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(SECRET)
  expect(error.cause).toBe(several)
  expect(several.stack).toContain('all failed: redis://***@host')
})

test('an error that is frozen, or refers to itself, does no harm', () => {
  const circular = new Error('x')
  circular.cause = circular
  const frozen = Object.freeze(new Error(`redis://user:${SECRET}@host`))
  expect(() => redactError(circular)).not.toThrow()
  expect(() => redactError(frozen)).not.toThrow()
})

test('stores that know no passwords refuse an address that has one without showing it', () => {
  const server = `user:${SECRET}@host:11211`
  for (const open of [
    () => memcachedStore({ servers: [server] }),
    () => memcachedStore({ servers: [`memcached://${server}`] }),
    () => kyotoTycoonStore({ host: server }),
    () => kyotoTycoonStore({ host: `kyoto-tycoon://${server}` }),
  ]) {
    expect(open).toThrow(OptionError)
    expect(open).not.toThrow(SECRET)
  }
})
