import { scriptText } from '../../redis/script-text.ts'
import { PRELUDE, RESULTS } from './prelude.ts'

/**
 * Finds a task among those that wait, up to this many of each stream. There is no index of them:
 * it would cost more than all the rest of an addition.
 */
const SCANNED = 1000

const FIND_WAITING = `
local function findWaiting(id)
  local more = false
  for stream = 1, 4 do
    local entries = redis.call('XRANGE', STREAMS[stream], '-', '+', 'COUNT', ${SCANNED})
    for _, entry in ipairs(entries) do
      if entry[2][1] == 'h' and idOf(entry[2][2]) == id then return stream, entry end
    end
    more = more or #entries == ${SCANNED}
  end
  return nil, nil, more
end
`

/** Returns the state of a task. ARGV: its id. */
export const TASK_STATE = scriptText(`${PRELUDE}${RESULTS}${FIND_WAITING}
local id = ARGV[1]
local result = findResult(id)
local kind = result and string.sub(result, 1, 1)
if kind == 'R' then return 'completed' end
if kind == 'C' then return 'cancelled' end
if kind == 'E' or redis.call('ZSCORE', Q .. ':dead', id) then return 'failed' end
if redis.call('ZSCORE', Q .. ':later', id) then return 'delayed' end
if redis.call('HEXISTS', Q .. ':running', id) == 1 then return 'running' end
local stream, _, more = findWaiting(id)
-- Tasks may be far behind, or wait for their turn among ordered ones.
if stream or more or redis.call('EXISTS', Q .. ':order') == 1 then return 'waiting' end
return 'unknown'
`)

/**
 * Cancels a task. ARGV: id, resultTtl, maxResults. Returns 0 if it has ended, 1 if it is cancelled
 * now, 2 if a worker has it or it is too far behind: then it is cancelled when that worker sees it,
 * or when one reads it.
 */
export const CANCEL = scriptText(`${PRELUDE}${RESULTS}${FIND_WAITING}
local id, ttl, most = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
if findResult(id) or redis.call('ZSCORE', Q .. ':dead', id) then return 0 end

local function cancelled(header)
  release(id, optionsOf(header))
  storeResults(serverTime(), ttl, most, clientOf(id), { id, 'C' })
  return 1
end

local packed = redis.call('HGET', Q .. ':later-data', id)
if packed and redis.call('ZREM', Q .. ':later', id) == 1 then
  redis.call('HDEL', Q .. ':later-data', id)
  local _, header = unpackTask(packed)
  return cancelled(header)
end
local stream, entry, more = findWaiting(id)
if stream then
  local pending = redis.pcall('XPENDING', STREAMS[stream], GROUP, entry[1], entry[1], 1)
  if pending.err or #pending == 0 then
    redis.call('XDEL', STREAMS[stream], entry[1])
    return cancelled(entry[2][2])
  end
elseif not more and redis.call('EXISTS', Q .. ':order') == 0 then
  return 0
end
redis.call('ZADD', Q .. ':cancelled', redis.call('HINCRBY', Q, 'cancels', 1), id)
redis.call('ZREMRANGEBYRANK', Q .. ':cancelled', 0, -10001)
wakeAll()
return 2
`)
