import { random } from '../helpers/random.ts'
import { requestOf, type WordMaker } from './command-grammar.ts'
import { REQUEST_FORMS } from './request-forms.ts'
import { SCRIPTS, WAITING_FORMS } from './script-requests.ts'

type Next = (bound: number) => number

const pick = <T>(next: Next, of: readonly T[]): T => of[next(of.length)] as T
const oneOf =
  (...words: readonly string[]): WordMaker =>
  (next) => [pick(next, words)]
const upTo =
  (bound: number, low = 0): WordMaker =>
  (next) => [String(low + next(bound))]

/** 2100, in seconds. */
const FUTURE = 4_102_444_800

const VALUES = ['', 'a', 'b', 'abc', 'hello world', '10', '-3', '3.5', 'x'.repeat(70), '\r\n']

/** @param lowest byte */
function randomText(next: Next, lowest: number): string {
  return String.fromCharCode(...Array.from({ length: next(80) }, () => lowest + next(256 - lowest)))
}

/** Values of arguments by their names in the forms. Few of each, so that they meet again. */
const MAKERS: Readonly<Record<string, WordMaker>> = {
  value: (next) => [next(8) === 0 ? randomText(next, 1) : pick(next, VALUES)],
  // SORT ALPHA, which lists are given to, compares up to a null byte.
  bytes: (next) => [next(8) === 0 ? randomText(next, 0) : pick(next, [...VALUES, '\0'])],
  member: (next) => [next(6) === 0 ? `m${next(200)}` : pick(next, ['a', 'b', 'c', 'd', 'aa', '1', '2', 'é'])],
  integer: oneOf('0', '1', '-1', '7', '100', '-1000', '9223372036854775807', '-9223372036854775808'),
  float: oneOf('0', '1.5', '-0.25', '0.1', '3', '1e3', '-2e-3', '1e17', '123456.789'),
  score: (next) => [
    next(3) === 0
      ? String((next(2_000) - 1_000) / 8)
      : pick(next, ['0', '1', '2', '-1', '1.5', '0.1', '3e5', 'inf', '-inf', '1e-5']),
  ],
  bound: oneOf('-inf', '+inf', '(1', '1', '(0.1', '0', '(-1', '2', '(1.5', '100', '-50'),
  lex: oneOf('-', '+', '[a', '(a', '[b', '(c', '[aa', '(m1', '[zz', '['),
  index: (next) => [next(2) === 0 ? String(next(8)) : String(next(10) - 9)],
  offset: upTo(100),
  count: upTo(6),
  bits: oneOf('u8', 'i8', 'u1', 'i16', 'u63', 'i64', 'u5'),
  future: (next) => [String(FUTURE + next(3))],
  futureMs: (next) => [String((FUTURE + next(3)) * 1_000 + next(3))],
  pattern: oneOf('*', 'a*', '?', '[a-c]', 'm1*', '*1', 'h?llo', 'w_*', '[^a]*'),
  id: (next) => [pick(next, [`${next(9)}-${next(4)}`, String(next(9)), '0-0', '99-1'])],
  partialId: (next) => [`${next(9)}-*`],
  start: (next) => [pick(next, ['-', `${next(9)}`, `(${next(9)}-1`])],
  end: (next) => [pick(next, ['+', `${next(9)}`, `(${next(9)}-1`])],
  list: oneOf('l1', 'l2', 'l3', 's1'),
  zset: oneOf('z1', 'z2', 'z3', 's1'),
  weight: oneOf('*', 'a*', 'm1*', '*1', 'w_*'),
  element: (next) => [`#${next(20)}`],
  group: oneOf('g1', 'g2'),
  consumer: oneOf('c1', 'c2', 'c3'),
}

/** Arguments that take the place of right ones. */
const WRONG = [
  '',
  'x',
  '-1',
  '0',
  ' 1',
  '1 ',
  '+1',
  '01',
  '1.5',
  'nan',
  'inf',
  '-inf',
  '1e400',
  '0x10',
  '9223372036854775807',
  '9223372036854775808',
  '-9223372036854775809',
  '18446744073709551615',
  '-0',
  '*',
  '$',
  '>',
  '(',
  '[',
  'LIMIT',
  'COUNT',
  'NX',
  'WITHSCORES',
  // Texts with a null byte are cut in errors of Redis.
  '\xff',
]

const TYPES = Object.values(REQUEST_FORMS)
/** A type as often as it has forms. */
const WEIGHTED = TYPES.flatMap((type) => type.forms.map(() => type))
/** Without those of sorted sets that must have one score. */
const ALL_KEYS = [...new Set(TYPES.flatMap(({ keys }) => keys))].filter((key) => !key.startsWith('y'))
const RUN = 'return redis.pcall(unpack(ARGV))'
const RUN3 = 'redis.setresp(3) return redis.pcall(unpack(ARGV))'

function plainRequest(next: Next): string[] {
  // Keys become free for their type again.
  if (next(12) === 0) return ['DEL', pick(next, ALL_KEYS)]
  const { keys, forms } = pick(next, WEIGHTED)
  // Now and then a key of another type.
  const others = keys.includes('y1') ? ['s1'] : ALL_KEYS
  const key: WordMaker = () => [pick(next, next(30) === 0 ? others : keys)]
  // The first forms add items: there must be some.
  const form = forms[Math.min(next(forms.length), next(forms.length))] as string
  const request = requestOf(form, { ...MAKERS, key }, next)
  return next(7) === 0 ? damaged(request, next) : request
}

/** Leaves out an argument, adds one, or puts a wrong one in its place. */
function damaged(request: readonly string[], next: Next): string[] {
  const copy = [...request]
  const at = 1 + next(Math.max(1, request.length - 1))
  const kind = next(4)
  if (kind === 0) copy.splice(at, 1)
  else if (kind === 1) copy.splice(at, 0, pick(next, WRONG))
  else copy[Math.min(at, copy.length - 1)] = pick(next, WRONG)
  // Its name is right: what is compared is the command.
  copy[0] = request[0] as string
  return isHuge(copy) || isUndefined(copy) ? [...request] : copy
}

/**
 * Requests whose replies differ from run to run: a sorted set of one score would have another one,
 * a set would be sorted by no weights, and `*` is the time.
 */
function isUndefined([name, key = '', ...args]: readonly string[]): boolean {
  if (name === 'SORT') return args.some((arg, n) => args[n - 1] === 'BY' && !arg.includes('*'))
  return (name === 'ZADD' && key.startsWith('y')) || (name === 'XADD' && [key, ...args].includes('*'))
}

/** Requests that would fill a server's memory, or its reply. */
function isHuge([name = '', ...args]: readonly string[]): boolean {
  const random = ['SRANDMEMBER', 'HRANDFIELD', 'SPOP', 'HSCAN', 'SSCAN', 'ZSCAN', 'SCAN'].includes(name)
  return random || args.some((arg) => Number(arg) > 1e6 && Number(arg) < 1e10)
}

function scriptRequest(next: Next): string[] {
  if (next(3) === 0) return ['EVAL', RUN, '0', ...requestOf(pick(next, WAITING_FORMS), MAKERS, next)]
  const keys = [pick(next, ['s1', 'n1', 'n2']), pick(next, ['l1', 'l2']), pick(next, ['z1', 'z2', 't1'])]
  const [value = ''] = MAKERS.value?.(next) ?? []
  return ['EVAL', pick(next, SCRIPTS), '3', ...keys, value, 'b']
}

/**
 * Requests that read all keys: a change that was answered as by Redis, and done otherwise, shows.
 */
export function readAll(): string[][] {
  const requests: string[][] = [['DISCARD']]
  for (const { keys, read } of TYPES)
    for (const key of keys) {
      requests.push(['TYPE', key], ['PEXPIRETIME', key], ['OBJECT', 'ENCODING', key])
      if (read) requests.push(read.split(' ').map((word) => (word === '<key>' ? key : word)))
    }
  requests.push(['DBSIZE'])
  return requests
}

/**
 * Returns random requests, always the same ones for a seed: commands of all types, some with wrong
 * arguments, some in scripts and transactions.
 */
export function requestsOf(seed: number, count: number): string[][] {
  const next = random(seed)
  const requests: string[][] = []
  while (requests.length < count) {
    const kind = next(20)
    if (kind === 0) requests.push(['EVAL', RUN, '0', ...plainRequest(next)])
    else if (kind === 1) {
      const request = plainRequest(next)
      // A map of RESP3 is a table of Lua, whose order means nothing.
      requests.push(['EVAL', request[0] === 'XINFO' ? RUN : RUN3, '0', ...request])
    } else if (kind === 2) requests.push(scriptRequest(next))
    else if (kind === 3) {
      requests.push(['MULTI'])
      for (let n = next(4); n > 0; n--) requests.push(plainRequest(next))
      requests.push(['EXEC'])
    } else if (kind === 4) {
      // Which keys a command changes, even where its reply does not tell.
      requests.push(['WATCH', ...ALL_KEYS], plainRequest(next), ['MULTI'], ['EXEC'])
    } else requests.push(plainRequest(next))
  }
  return requests
}
