import { scriptText } from '../../redis/script-text.ts'
import { PRELUDE } from '../scripts/prelude.ts'

/**
 * Schedules of a queue: `schedules` (hash: name to definition), `schedule-due` (sorted set: name to
 * the time of the next run) and `schedule-last` (hash: name to the time of the last one).
 */

/**
 * Defines a schedule. ARGV: name, definition, time of the first run. Returns the times of the
 * next and of the last run. A schedule that is defined like that already keeps its next run.
 */
export const DEFINE = scriptText(`${PRELUDE}
local name, definition = ARGV[1], ARGV[2]
local due = redis.call('ZSCORE', Q .. ':schedule-due', name)
if not due or redis.call('HGET', Q .. ':schedules', name) ~= definition then
  due = ARGV[3]
  redis.call('HSET', Q .. ':schedules', name, definition)
  redis.call('ZADD', Q .. ':schedule-due', due, name)
end
return { due, redis.call('HGET', Q .. ':schedule-last', name) or '' }
`)

/** Removes a schedule. ARGV: name. Returns 1 if it was there. */
export const REMOVE = scriptText(`${PRELUDE}
redis.call('ZREM', Q .. ':schedule-due', ARGV[1])
redis.call('HDEL', Q .. ':schedule-last', ARGV[1])
return redis.call('HDEL', Q .. ':schedules', ARGV[1])
`)

/** Returns name, definition, time of the next and of the last run of each schedule. */
export const LIST = scriptText(`${PRELUDE}
local out = {}
local all = redis.call('HGETALL', Q .. ':schedules')
for i = 1, #all, 2 do
  out[#out + 1] = all[i]
  out[#out + 1] = all[i + 1]
  out[#out + 1] = redis.call('ZSCORE', Q .. ':schedule-due', all[i]) or ''
  out[#out + 1] = redis.call('HGET', Q .. ':schedule-last', all[i]) or ''
end
return out
`)

/**
 * Finds schedules that are due. ARGV: the time, or an empty string for the server's; most to find.
 *
 * Returns the time, the time of the first run that is not due yet (or an empty string), and name,
 * definition and time of each that is due.
 */
export const FIND_DUE = scriptText(`${PRELUDE}
local now = tonumber(ARGV[1]) or serverTime()
local coming = redis.call('ZRANGEBYSCORE', Q .. ':schedule-due', '(' .. now, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
local out = { tostring(now), coming[2] or '' }
local due = redis.call('ZRANGEBYSCORE', Q .. ':schedule-due', '-inf', now, 'WITHSCORES', 'LIMIT', 0, ARGV[2])
for i = 1, #due, 2 do
  out[#out + 1] = due[i]
  out[#out + 1] = redis.call('HGET', Q .. ':schedules', due[i]) or ''
  out[#out + 1] = due[i + 1]
end
return out
`)

/**
 * Claims a run of a schedule. ARGV: name, definition, time of the claimed run, time of the next
 * one; then stream, header and args of its task and its time, or none of them if it is left out.
 *
 * Returns 1 for the worker that claims it. The next run is set in the same step, so that no other
 * worker adds the task again, also after a failover to a replica.
 */
export const CLAIM = scriptText(`${PRELUDE}
local name = ARGV[1]
local due = redis.call('ZSCORE', Q .. ':schedule-due', name)
if not due or tonumber(due) ~= tonumber(ARGV[3]) then return 0 end
if redis.call('HGET', Q .. ':schedules', name) ~= ARGV[2] then return 0 end
redis.call('ZADD', Q .. ':schedule-due', ARGV[4], name)
if ARGV[5] then
  local header = ARGV[6]
  local id, options = idOf(header), optionsOf(header) or {}
  -- The run before this one has not ended.
  if options.u and not redis.call('SET', Q .. ':unique:' .. options.u, id, 'NX') then return 1 end
  redis.call('HSET', Q .. ':schedule-last', name, ARGV[8])
  enter(tonumber(ARGV[5]), header, ARGV[7], id, options.o)
  count(serverTime(), 'added', 1)
  if redis.call('HEXISTS', Q, 'rate') == 1 then wakeOne() end
end
return 1
`)
