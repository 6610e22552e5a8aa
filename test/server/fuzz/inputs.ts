import { requestsOf } from '../differential/request-generator.ts'
import { encodeRequest } from '../helpers/raw-client.ts'

type Next = (bound: number) => number

const pick = <T>(next: Next, of: readonly T[]): T => of[next(of.length)] as T

/** Commands that end the server, or that keep it or all clients from answering, as they should. */
const LEFT_OUT = ['shutdown', 'debug', 'config', 'client', 'failover', 'save', 'bgsave', 'acl', 'auth']

/** Parts of requests, right and wrong ones. */
const PARTS = [
  '*1\r\n',
  '*3\r\n',
  '*-1\r\n',
  '*0\r\n',
  '*99999999\r\n',
  '*2147483648\r\n',
  '*1\n',
  '$4\r\nPING\r\n',
  '$-1\r\n',
  '$0\r\n\r\n',
  '$3\r\nGET\r\n',
  '$536870913\r\n',
  '$100000000\r\n',
  '$01\r\na\r\n',
  '$x\r\n',
  'PING\r\n',
  'SET key "val\\x00ue"\r\n',
  "GET 'key\n",
  '"',
  '\r\n',
  '\r',
  '\n',
  '\0',
  'a'.repeat(1_000),
  '%1\r\n',
  '~2\r\n',
  ':5\r\n',
]

const LUA = [
  'return',
  'redis.call(',
  'redis.pcall(',
  'KEYS[1]',
  'ARGV[1]',
  "'get'",
  "'set'",
  "'del'",
  ',',
  ')',
  '(',
  '{',
  '}',
  '[',
  ']',
  'local a =',
  'a',
  'if a then',
  'while a do',
  'for i = 1, 10 do',
  'function()',
  'end',
  '..',
  '+',
  '#',
  '1e308',
  '2^63',
  'nil',
  'pcall(',
  'error(',
  'cjson.encode(',
  'cjson.decode(',
  'cmsgpack.unpack(',
  'struct.unpack(',
  'string.rep(',
  'unpack(',
  'setmetatable(',
  'coroutine.wrap(',
  'loadstring(',
  '[[',
  ']]',
  '--',
  '\n',
]

const VALUES = [
  'key',
  'other',
  '',
  '0',
  '-1',
  '1',
  '1.5',
  'x',
  '-inf',
  '9223372036854775807',
  '*',
  '\xff\0\r\n',
]

/** Returns bytes to be sent: requests, damaged ones, and bytes that were never one. */
export function inputOf(next: Next, commands: readonly string[]): string {
  const kind = next(10)
  if (kind === 0) return randomBytes(next, 1 + next(60))
  if (kind === 1) return Array.from({ length: 1 + next(6) }, () => pick(next, PARTS)).join('')
  if (kind === 2) return encodeRequest(anyCommand(next, commands))
  if (kind === 3) return encodeRequest(['EVAL', luaOf(next), next(3), 'key', 'other'])
  const [request = []] = requestsOf(next(1e9), 1)
  const bytes = encodeRequest(request)
  return kind < 6 ? bytes : damaged(bytes, next)
}

function anyCommand(next: Next, commands: readonly string[]): string[] {
  const allowed = commands.filter((name) => !LEFT_OUT.includes(name.split('|')[0] as string))
  const args = Array.from({ length: next(7) }, () => pick(next, VALUES))
  return [...pick(next, allowed).split('|'), ...args]
}

function luaOf(next: Next): string {
  return Array.from({ length: 1 + next(12) }, () => pick(next, LUA)).join(' ')
}

/** Changes, removes, repeats or adds some bytes. */
function damaged(bytes: string, next: Next): string {
  let out = bytes
  for (let times = 1 + next(3); times > 0; times--) {
    const at = next(out.length + 1)
    const length = next(4)
    const kind = next(4)
    if (kind === 0) out = out.slice(0, at) + randomBytes(next, length) + out.slice(at + length)
    else if (kind === 1) out = out.slice(0, at) + out.slice(at + length)
    else if (kind === 2) out = out.slice(0, at) + out.slice(at, at + length) + out.slice(at)
    else out = out.slice(0, at) + randomBytes(next, length) + out.slice(at)
  }
  return out
}

function randomBytes(next: Next, length: number): string {
  return String.fromCharCode(...Array.from({ length }, () => next(256)))
}
