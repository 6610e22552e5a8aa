import { describe, expect, test } from 'vitest'
import { CACHE_OPTION_GROUPS } from '../../../src/core/options/cache-option-groups.ts'
import { FRAGMENT_CACHE_OPTIONS, type FragmentCacheOptions } from '../../../src/core/options/cache-options.ts'
import { resolveOptions } from '../../../src/core/options/resolve-cache-options.ts'
import { OptionError } from '../../../src/errors.ts'
import { memoryStore } from '../../../src/stores/memory/index.ts'

const store = memoryStore()
const read = (options: object) => resolveOptions({ store, ...options } as FragmentCacheOptions)

/** Asserts that options are refused with a message, at the door. */
function refused(options: object, message: string): void {
  expect(() => read(options)).toThrow(OptionError)
  expect(() => read(options)).toThrow(message)
}

test('the defaults', () => {
  const { store: _, dataPolicy: __, serializer: ___, fragments, ...defaults } = read({})
  expect([[...fragments.definitions.all].length, fragments.queue]).toEqual([0, undefined])
  expect(defaults).toEqual({
    engine: undefined,
    prefix: 'onetrip',
    release: '',
    ttl: undefined,
    staleWhileRevalidate: 0,
    staleIfError: 0,
    jitter: 0.05,
    beta: 1,
    allowEmpty: false,
    onTemplateChange: 'miss',
    vary: {},
    defaultVary: [],
    versionedParts: [['cacheKey', 'cacheVersion']],
    bypass: undefined,
    safety: 'error',
    detectLeaks: undefined,
    secrets: [],
    singleFlight: 'process',
    lockWait: 5_000,
    lockTtl: 2_000,
    timeout: 100,
    breaker: { failures: 1, retryAfter: 250 },
    maxEntryBytes: 1024 * 1024,
    maxPendingBytes: 64 * 1024 * 1024,
    maxVariants: Number.POSITIVE_INFINITY,
    variantWindow: 3_600_000,
    maxRender: 60_000,
    invalidateTimeout: 2_000,
    closeTimeout: 5_000,
    compress: undefined,
  })
})

test('undefined is the default, of an option, of a group and of each member', () => {
  const withoutFunctions = (options: object) => JSON.stringify(read(options))
  const nothing = Object.fromEntries(FRAGMENT_CACHE_OPTIONS.map((name) => [name, undefined]))
  expect(withoutFunctions({ ...nothing, store })).toBe(withoutFunctions({}))
  const emptyGroups = Object.fromEntries(
    Object.entries(CACHE_OPTION_GROUPS).map(([group, members]) => [
      group,
      Object.fromEntries(members.map((member) => [member, undefined])),
    ]),
  )
  expect(withoutFunctions(emptyGroups)).toBe(withoutFunctions({}))
})

test('another string as the short form of a group is refused', () => {
  refused(
    { singleFlight: 'redis' },
    "The option singleFlight must be 'off', 'process' or 'store', or an object such as { mode: 'store', wait: '5s' }, not 'redis'.",
  )
})

test('the short form of a group is its mode', () => {
  expect(read({ safety: 'off', singleFlight: 'store' })).toMatchObject({
    safety: 'off',
    singleFlight: 'store',
  })
  expect(read({ safety: { mode: 'off' }, singleFlight: { mode: 'store', wait: '1s' } })).toMatchObject({
    safety: 'off',
    singleFlight: 'store',
    lockWait: 1_000,
  })
  expect(read({ breaker: false }).breaker.failures).toBe(Number.POSITIVE_INFINITY)
})

describe('refused', () => {
  test.each(Object.keys(CACHE_OPTION_GROUPS))('null, arrays and other types as %s', (group) => {
    for (const [value, shown] of [
      [null, 'null'],
      ...(group === 'fragments' ? [] : [[[], 'an array'] as const]), // of fragments it is the short form
      [7, '7'],
      [true, 'true'],
      [new Map(), 'an instance of Map'],
      [Promise.resolve({}), 'a Promise: await it'],
      [() => ({}), 'a function'],
    ] as const) {
      expect(() => read({ [group]: value })).toThrow(
        new RegExp(`^The option ${group} must be .*object such as \\{ .* \\}, not ${shown}\\.$`),
      )
    }
  })

  test.each(
    Object.entries(CACHE_OPTION_GROUPS).flatMap(([group, members]) =>
      members.map((member) => [group, member] as const),
    ),
  )('null and a wrong type as %s.%s', (group, member) => {
    for (const value of [null, Symbol('wrong')])
      expect(() => read({ [group]: { [member]: value } })).toThrow(
        new RegExp(`^The option ${group}\\.${member}.* (not|is) (null|Symbol\\(wrong\\))`),
      )
  })

  test.each(FRAGMENT_CACHE_OPTIONS.filter((name) => name !== 'secret'))('null as %s', (name) => {
    expect(() => read({ [name]: null })).toThrow(new RegExp(`^The option ${name}.* (not|is) null`))
  })

  test('a misspelt name: the nearest one, and its group', () => {
    refused(
      { limits: { maxEntryByte: 1 } },
      'The option limits has no "maxEntryByte": did you mean "maxEntryBytes"?',
    )
    refused(
      { singlefligth: 'store' },
      'FragmentCache has no option "singlefligth": did you mean "singleFlight"?',
    )
    refused(
      { maxentrybytes: '1MB' },
      'did you mean "limits.maxEntryBytes"? Write limits: { maxEntryBytes: ... }.',
    )
    refused({ wait: '1s' }, 'did you mean "singleFlight.wait"?')
  })

  test('a name in another group, or beside its group', () => {
    refused(
      { safety: { maxRender: '5s' } },
      'The option safety has no "maxRender": did you mean "limits.maxRender"?',
    )
    refused(
      { limits: { timeout: 5 } },
      'The option limits has no "timeout": timeout stands beside limits, not in it.',
    )
    refused(
      { singleFlight: { lockWait: 5 } },
      'The option singleFlight has no "lockWait": did you mean "wait"?',
    )
  })

  test('an array as all options, and a factory that was not called', () => {
    expect(() => resolveOptions([] as never)).toThrow('The options of FragmentCache must be an object')
    refused({ store: memoryStore }, 'not the function memoryStore itself.')
  })

  test('names of other packages', () => {
    refused({ stale: '1m' }, 'did you mean "staleWhileRevalidate"?')
    refused({ maxAge: '1m' }, 'did you mean "ttl"?')
  })

  test('a name that every object has', () => {
    refused({ constructor: 1 }, 'FragmentCache has no option "constructor"')
    refused({ limits: { toString: 1 } }, 'The option limits has no "toString"')
  })
})

describe('names of earlier versions', () => {
  test.each([
    [{ lockWait: '3s' }, 'no option "lockWait" since 0.2: write singleFlight: { wait: \'3s\' }.'],
    [
      { singleFlight: 'store', lockWait: '3s', lockTtl: 500 },
      'no options "lockWait", "lockTtl" since 0.2: write singleFlight: { mode: \'store\', wait: \'3s\', lockTtl: 500 }.',
    ],
    [
      { jitter: 0, maxRender: '5s', beta: 0 },
      "write entries: { jitter: 0, beta: 0 }, limits: { maxRender: '5s' }.",
    ],
    [{ detectLeaks: () => [] }, 'write safety: { detectLeaks: ... }.'],
    [{ safety: { mode: 'off' }, shared: ['a'] }, "write safety: { mode: 'off', shared: ['a'] }."],
    [
      { retryWrites: true },
      'no option "retryWrites" since 0.2: an entry that could not be stored is stored by',
    ],
    [{ comments: true }, 'no option "comments" since 0.3: open a page with ?onetrip=overlay'],
    [{ maxWaiters: 5 }, 'no option "maxWaiters" since 0.2: at most 10,000 pages'],
  ])('%j', (options, message) => refused(options, message))
})
