import { type ScriptText, scriptText } from '../../redis/script-text.ts'
import { FOREVER, STAMP_LENGTH } from '../store.ts'

/**
 * The scripts that Redis runs for the store: each serves a batch, and answers for each of its keys. In a cluster a
 * batch is one key: two keys of a call must lie in one slot.
 *
 * They need what Redis has since 6.2, and nothing newer. Errors of single keys (another type under the key, no
 * memory left) are caught and answered as text, so that one key does not fail the others of its batch.
 */
export interface Script<A> extends ScriptText {
  /** What the answer for one key says; undefined where it is the text of an error. */
  readonly read: (answer: unknown) => A | undefined
}

function script<A>(read: Script<A>['read'], text: string): Script<A> {
  return { ...scriptText(text), read }
}

/** 1 or 0; a client with `stringNumbers` answers them as text, too. */
function readDone(answer: unknown): boolean | undefined {
  const number = Number(answer)
  return Number.isNaN(number) ? undefined : number === 1
}

function readHead(answer: unknown): Buffer | undefined {
  return Array.isArray(answer) ? Buffer.from(answer.map(Number)) : undefined
}

/** The server's time as the first 8 bytes of a head, and in microseconds. Two halves: Lua's numbers are doubles. */
const CLOCK = `
local time = redis.call('TIME')
local micros = time[1] * 1000000 + time[2]
local high = math.floor(micros / 4294967296)
local clock = struct.pack('>I4I4', high, micros - high * 4294967296)
`

/** What WRITE is given in place of a head. Longer than one, so that no bytes of a key can be taken for it. */
export const ANY = '- whatever is there'
export const ABSENT = '- only where absent'

/**
 * Writes entries.
 * KEYS: the keys. ARGV[1]: 9 bytes for each key, the rest of its head (random, kind). Then, for each key: ttl
 * (ms); not_after (ms) or ''; if_stamp: the first 17 bytes that must be there, ABSENT, or ANY; value.
 * Answers for each key: 1 written, 0 a condition did not hold, or a text: the error.
 */
export const WRITE = script(
  readDone,
  `${CLOCK}
local answers = {}
for i, key in ipairs(KEYS) do
  local a = i * 4 - 2
  local ttl, not_after, if_stamp, value = ARGV[a], ARGV[a + 1], ARGV[a + 2], ARGV[a + 3]
  local answer = 1
  if not_after ~= '' and micros >= tonumber(not_after) * 1000 then
    answer = 0
  elseif if_stamp ~= '${ANY}' then
    local head = redis.pcall('GETRANGE', key, 0, ${STAMP_LENGTH - 1})
    if type(head) == 'table' then
      answer = head.err
    elseif if_stamp == '${ABSENT}' then
      if head ~= '' then answer = 0 end
    elseif head ~= if_stamp or (head == '' and redis.call('EXISTS', key) == 0) then
      answer = 0
    end
  end
  if answer == 1 then
    local bytes = clock .. string.sub(ARGV[1], i * 9 - 8, i * 9) .. value
    local done
    local set = { 'SET', key, bytes }
    if ttl ~= '${FOREVER}' then
      set[4], set[5] = 'PX', ttl
    end
    if if_stamp == '${ABSENT}' then set[#set + 1] = 'NX' end -- an empty value is there, too
    done = redis.pcall(unpack(set))
    if not done then answer = 0 elseif done.err then answer = done.err end
  end
  answers[i] = answer
end
return answers
`,
)

/**
 * Writes bare heads.
 * KEYS: the keys. ARGV[1] as for WRITE. Then, for each key: ttl (ms); '1' to write only where it is absent.
 * Answers for each key the bytes of the head that is there now, as numbers (ioredis would take them for text),
 * or a text: the error.
 */
export const STAMP = script(
  readHead,
  `${CLOCK}
local answers = {}
for i, key in ipairs(KEYS) do
  local a = i * 2
  local there = ''
  if ARGV[a + 1] == '1' then there = redis.pcall('GETRANGE', key, 0, ${STAMP_LENGTH - 1}) end
  if type(there) == 'table' then
    answers[i] = there.err
  elseif there ~= '' then
    answers[i] = { string.byte(there, 1, -1) }
  else
    local head = clock .. string.sub(ARGV[1], i * 9 - 8, i * 9)
    local done = redis.pcall('SET', key, head, 'PX', ARGV[a])
    answers[i] = done.err or { string.byte(head, 1, -1) }
  end
end
return answers
`,
)

/**
 * Lengthens lives (PEXPIRE ... GT is not in Redis 6.2). By a fourth more than is asked for, so that it is seldom to be done again:
 * each time Redis tells those who follow what is written, and a copy of the version of a tag goes everywhere.
 * KEYS: the keys. ARGV: the ttl (ms) of each. Answers for each key 1, 0 where it is absent, or a text: the error.
 */
export const TOUCH = script(
  readDone,
  `
local answers = {}
for i, key in ipairs(KEYS) do
  local ttl = tonumber(ARGV[i])
  local left = redis.call('PTTL', key)
  if ARGV[i] == '${FOREVER}' then
    redis.call('PERSIST', key)
    answers[i] = left == -2 and 0 or 1
  elseif not ttl or not (ttl >= 1 and ttl < 9007199254740992 and ttl % 1 == 0) then
    answers[i] = 'ERR invalid expire time'
  elseif left == -2 then
    answers[i] = 0
  else
    if left >= 0 and left < ttl then redis.call('PEXPIRE', key, string.format('%.0f', math.min(ttl + math.floor(ttl / 4), 9007199254740991))) end
    answers[i] = 1
  end
end
return answers
`,
)

export const SCRIPTS: readonly Script<unknown>[] = [WRITE, STAMP, TOUCH]
