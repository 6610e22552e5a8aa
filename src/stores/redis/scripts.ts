import { type ScriptText, scriptText } from '../../redis/script-text.ts'
import { FOREVER, STAMP_LENGTH } from '../store.ts'
import { APPEND, APPEND_ENTRY } from './log/append.ts'
import { ABSENT, ANY } from './script-call.ts'

/**
 * A script that Redis runs for the store. It serves a batch, and returns an array with a result for
 * each key. In a cluster a batch is one key, since the keys of a call must be in one slot.
 *
 * Scripts need Redis 6.2. Errors of single keys (another type under the key, no memory left) are
 * caught and returned as strings, so that one key does not fail the others of its batch.
 */
export interface Script<A> extends ScriptText {
  /** Reads the result of one key; undefined where it is the message of an error. */
  readonly read: (answer: unknown) => A | undefined
}

/**
 * A script that writes values. Its twin does the same, and appends the keys that it wrote to the
 * log of the store, in one step. KEYS of the twin end with the log, ARGV with the most entries of
 * the log and the bytes of the keyPrefix, which the names in the log do not have.
 */
export interface WritingScript<A> extends Script<A> {
  /** Name of this kind of write in the log. */
  readonly how: string
  readonly logged: Script<A>
}

/** The parts of a script that its twin with a log has in addition. */
interface LogParts {
  readonly begin: string
  /** Lua expression of the number of keys. */
  readonly count: string
  /** Lua statement after the write of `key`. */
  readonly written: string
  readonly end: string
}

const WITHOUT_LOG: LogParts = { begin: '', count: '#KEYS', written: '', end: '' }

function withLog(how: string): LogParts {
  return {
    begin: `${APPEND}
local names, most, skip = {}, ARGV[#ARGV - 1], tonumber(ARGV[#ARGV])`,
    count: '#KEYS - 1',
    written: 'names[#names + 1] = string.sub(key, skip + 1)',
    end: `if #names > 0 then append(KEYS[#KEYS], most, '${how}', cjson.encode(names)) end`,
  }
}

function script<A>(read: Script<A>['read'], text: string): Script<A> {
  return { ...scriptText(text), read }
}

function writingScript<A>(
  how: string,
  read: Script<A>['read'],
  textOf: (parts: LogParts) => string,
): WritingScript<A> {
  return { ...script(read, textOf(WITHOUT_LOG)), how, logged: script(read, textOf(withLog(how))) }
}

/** Reads 1 or 0, which a client with `stringNumbers` returns as strings. */
function readDone(answer: unknown): boolean | undefined {
  const number = Number(answer)
  return Number.isNaN(number) ? undefined : number === 1
}

function readStamp(answer: unknown): Buffer | undefined {
  return Array.isArray(answer) ? Buffer.from(answer.map(Number)) : undefined
}

/**
 * Sets `clock`, the server's time as the first 8 bytes of a stamp, and `micros`. It is written in
 * two halves, since Lua's numbers are doubles.
 */
const CLOCK = `
local time = redis.call('TIME')
local micros = time[1] * 1000000 + time[2]
local high = math.floor(micros / 4294967296)
local clock = struct.pack('>I4I4', high, micros - high * 4294967296)
`

/**
 * Writes entries.
 *
 * ARGV[1]: for each key the last 9 bytes of its stamp (random, kind). ARGV[2], ARGV[3]: for each
 * key the texts and the bytes of `writeCall`. Results: 1 if it was written, 0 if a condition did
 * not hold, or the message of an error.
 */
export const WRITE = writingScript(
  'written',
  readDone,
  ({ begin, written, end }) => `${CLOCK}${begin}
local answers = {}
local i, at, bytes = 0, 1, ARGV[3]
local function take(length)
  at = at + length
  return string.sub(bytes, at - length, at - 1)
end
for ttl, not_after, condition, length in string.gmatch(ARGV[2], '(%S+) (%S+) (%S+) (%d+)') do
  i = i + 1
  local key = KEYS[i]
  local if_stamp = tonumber(condition) and take(tonumber(condition))
  local value = take(length)
  local answer = 1
  if not_after ~= '-' and micros >= tonumber(not_after) * 1000 then
    answer = 0
  elseif condition ~= '${ANY}' then
    local stamp = redis.pcall('GETRANGE', key, 0, ${STAMP_LENGTH - 1})
    if type(stamp) == 'table' then
      answer = stamp.err
    elseif condition == '${ABSENT}' then
      if stamp ~= '' then answer = 0 end
    elseif stamp ~= if_stamp or (stamp == '' and redis.call('EXISTS', key) == 0) then
      answer = 0
    end
  end
  if answer == 1 then
    local set = { 'SET', key, clock .. string.sub(ARGV[1], i * 9 - 8, i * 9) .. value }
    if ttl ~= '${FOREVER}' then
      set[4], set[5] = 'PX', ttl
    end
    if condition == '${ABSENT}' then set[#set + 1] = 'NX' end -- of an empty value, GETRANGE is ''
    local done = redis.pcall(unpack(set))
    if not done then answer = 0 elseif done.err then answer = done.err end
  end
  if answer == 1 then
    ${written}
  end
  answers[i] = answer
end
${end}
return answers
`,
)

/**
 * Writes bare stamps.
 *
 * ARGV[1] as for WRITE. ARGV[2]: for each key ttl (ms); 1 to write only if it is absent. Results:
 * the bytes of the stamp that the key has now, as numbers (ioredis would decode them as text), or
 * the message of an error.
 */
export const STAMP = writingScript(
  'stamped',
  readStamp,
  ({ begin, written, end }) => `${CLOCK}${begin}
local answers = {}
local i = 0
for ttl, only_absent in string.gmatch(ARGV[2], '(%S+) (%S+)') do
  i = i + 1
  local key = KEYS[i]
  local there = ''
  if only_absent == '1' then there = redis.pcall('GETRANGE', key, 0, ${STAMP_LENGTH - 1}) end
  if type(there) == 'table' then
    answers[i] = there.err
  elseif there ~= '' then
    answers[i] = { string.byte(there, 1, -1) }
  else
    local stamp = clock .. string.sub(ARGV[1], i * 9 - 8, i * 9)
    local done = redis.pcall('SET', key, stamp, 'PX', ttl)
    answers[i] = done.err or { string.byte(stamp, 1, -1) }
    if not done.err then
      ${written}
    end
  end
end
${end}
return answers
`,
)

/**
 * Removes keys. A key that is absent is logged too: another process may have a copy of what expired
 * or was evicted.
 *
 * Results: 1, or 0 if the key was absent.
 */
export const DELETE = writingScript(
  'deleted',
  readDone,
  ({ begin, count, written, end }) => `${begin}
local answers = {}
for i = 1, ${count} do
  local key = KEYS[i]
  answers[i] = redis.call('UNLINK', key)
  ${written}
end
${end}
return answers
`,
)

/**
 * Lengthens TTLs (Redis 6.2 has no PEXPIRE ... GT), by a fourth more than was asked for, so that it
 * is seldom necessary: each time Redis reports the key as written, and every process drops its
 * copy.
 *
 * ARGV[1]: for each key its ttl (ms). Results: 1, 0 if the key is absent, or the message of an
 * error.
 */
export const TOUCH = script(
  readDone,
  `
local answers = {}
local i = 0
for text in string.gmatch(ARGV[1], '%S+') do
  i = i + 1
  local key, ttl = KEYS[i], tonumber(text)
  local left = redis.call('PTTL', key)
  if text == '${FOREVER}' then
    redis.call('PERSIST', key)
    answers[i] = left == -2 and 0 or 1
  elseif not ttl or not (ttl >= 1 and ttl < 9007199254740992 and ttl % 1 == 0) then
    answers[i] = 'ERR invalid expire time'
  elseif left == -2 then
    answers[i] = 0
  else
    if left >= 0 and left < ttl then
      local longer = math.min(ttl + math.floor(ttl / 4), 9007199254740991)
      redis.call('PEXPIRE', key, string.format('%.0f', longer))
    end
    answers[i] = 1
  end
end
return answers
`,
)

/** Scripts of a store without a log. */
export const SCRIPTS: readonly Script<unknown>[] = [WRITE, STAMP, TOUCH]
/** Scripts of one server with a log. */
export const LOGGED_SCRIPTS: readonly Script<unknown>[] = [WRITE.logged, STAMP.logged, DELETE.logged, TOUCH]
/** Scripts of a cluster with a log: its keys are in other slots than the log. */
export const CLUSTER_LOG_SCRIPTS: readonly ScriptText[] = [...SCRIPTS, DELETE, APPEND_ENTRY]
