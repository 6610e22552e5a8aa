import { scriptText } from '../../redis/script-text.ts'
import { PRELUDE } from './prelude.ts'

/**
 * Lists dead letters, the newest first. ARGV: most, id before which the list begins or an empty
 * string. Returns id, time, and the packed task with its error, in turn.
 */
export const LIST_DEAD = scriptText(`${PRELUDE}
local first = 0
if ARGV[2] ~= '' then
  local rank = redis.call('ZREVRANK', Q .. ':dead', ARGV[2])
  if not rank then return {} end
  first = rank + 1
end
local letters = redis.call('ZREVRANGE', Q .. ':dead', first, first + ARGV[1] - 1, 'WITHSCORES')
local out = {}
for i = 1, #letters, 2 do
  local packed = redis.call('HGET', Q .. ':dead-data', letters[i])
  if packed then
    out[#out + 1] = letters[i]
    out[#out + 1] = letters[i + 1]
    out[#out + 1] = packed
  end
end
return out
`)

/**
 * Puts dead letters back into their streams, with all of their attempts. ARGV: ids. Those that are
 * not tasks stay. Returns how many went back.
 *
 * The result that says that the task failed is removed, so that handles wait for the next one.
 */
export const RETRY_DEAD = scriptText(`${PRELUDE}
local retried = 0
for _, letter in ipairs(ARGV) do
  local packed = redis.call('HGET', Q .. ':dead-data', letter)
  if packed then
    local stream, header, rest = unpackTask(packed)
    local ok, decoded = pcall(cjson.decode, header)
    local id = idOf(header)
    if ok and id then
      -- First, since a full server refuses to add before anything was removed.
      redis.call('HDEL', Q .. ':dead-data', letter)
      redis.call('ZREM', Q .. ':dead', letter)
      -- It may have failed before its worker saw that it was cancelled.
      redis.call('ZREM', Q .. ':cancelled', id)
      for _, member in ipairs(redis.call('ZRANGE', Q .. ':results', 0, -1)) do
        redis.call('HDEL', Q .. ':results:' .. member, id)
      end
      local options = decoded[3] or {}
      options.n, options.c, options.l = nil, nil, nil
      local args = string.match(rest, '^(.*)\\n')
      -- Its unique key may belong to another task by now.
      if options.u and redis.call('SET', Q .. ':unique:' .. options.u, id, 'NX') == false then options.u = nil end
      local fresh = encodeHeader(decoded[1], decoded[2], next(options) and options or nil)
      enter(stream, fresh, args, id, options.o)
      retried = retried + 1
    end
  end
end
count(serverTime(), 'added', retried)
if retried > 0 and redis.call('HEXISTS', Q, 'rate') == 1 then wakeOne() end
return retried
`)

/** Deletes dead letters. ARGV: ids. Returns how many there were. */
export const DELETE_DEAD = scriptText(`${PRELUDE}
local deleted = redis.call('ZREM', Q .. ':dead', unpack(ARGV))
redis.call('HDEL', Q .. ':dead-data', unpack(ARGV))
return deleted
`)
