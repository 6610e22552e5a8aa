import { scriptText } from '../../redis/script-text.ts'
import { PRELUDE, RESULTS } from './prelude.ts'

/**
 * Gives back what a worker holds. Tasks that had begun count a crash; tasks that were only fetched
 * count that they were lost, so that the next worker marks them before it begins them.
 */
export const GIVE_BACK = `
local function giveBack(now, worker, died, maxCrashes, mostDead, ttl, most, amount)
  local found = 0
  for stream = 1, 4 do
    local pending = redis.pcall('XPENDING', STREAMS[stream], GROUP, '-', '+', amount, worker)
    if pending.err then pending = {} end
    for _, one in ipairs(pending) do
      found = found + 1
      local entry = one[1]
      local fields = redis.call('XRANGE', STREAMS[stream], entry, entry)
      redis.call('XACK', STREAMS[stream], GROUP, entry)
      redis.call('XDEL', STREAMS[stream], entry)
      if fields[1] and fields[1][2][1] == 'h' and fields[1][2][3] == 'a' then
        local header, args = fields[1][2][2], fields[1][2][4]
        local id = idOf(header)
        if id then redis.call('HDEL', Q .. ':progress', id) end
        local ok, decoded = pcall(cjson.decode, header)
        if died and id and ok then
          local options = decoded[3] or {}
          local began = redis.call('HGET', Q .. ':running', id)
          if began and string.sub(began, 1, #worker + 1) == worker .. ' ' then
            redis.call('HDEL', Q .. ':running', id)
            options.c = (options.c or 0) + 1
          else
            options.l = (options.l or 0) + 1
          end
          header = encodeHeader(decoded[1], decoded[2], options)
          if (options.c or 0) > maxCrashes then
            local failure = cjson.encode({
              name = 'TaskCrashedError', code = 'ERR_ONETRIP_TASK_CRASHED',
              message = options.c .. ' workers died while they ran the task ' .. decoded[2] .. ' (' .. id .. ')',
            })
            bury(now, mostDead, id, options.p or 3, header, args, failure)
            release(id, options)
            storeResults(now, ttl, most, clientOf(id), { id, 'E' .. failure })
            count(now, 'failed', 1)
          else
            put(1, header, args)
          end
        else
          if id then redis.call('HDEL', Q .. ':running', id) end
          put(1, header, args)
        end
      elseif fields[1] then
        redis.call('XADD', STREAMS[1], '*', unpack(fields[1][2]))
      end
    end
  end
  return found
end

-- Marks are left where a step arrives late, after the one that removed them.
local function forget(worker)
  local marks = redis.call('HGETALL', Q .. ':running')
  for i = 1, #marks, 2 do
    if string.sub(marks[i + 1], 1, #worker + 1) == worker .. ' ' then
      redis.call('HDEL', Q .. ':running', marks[i])
      redis.call('HDEL', Q .. ':progress', marks[i])
    end
  end
  for _, key in ipairs({ Q .. ':wake', unpack(STREAMS) }) do
    redis.pcall('XGROUP', 'DELCONSUMER', key, GROUP, worker)
  end
  redis.call('ZREM', Q .. ':workers', worker)
end
`

/**
 * Renews the lease of a worker, and gives back what workers hold whose lease has ended. ARGV:
 * worker, lease in ms, maxCrashes, maxDead, resultTtl, maxResults.
 *
 * Returns 1 if the lease had been held, how many tasks were given back, how many of this worker's
 * entries were delivered long ago, 1 if there is more to give back, and the names of the workers.
 */
export const RENEW = scriptText(`${PRELUDE}${RESULTS}${GIVE_BACK}
local worker, lease = ARGV[1], tonumber(ARGV[2])
local maxCrashes, mostDead, ttl, most = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local now = serverTime()
local held = redis.call('ZREM', Q .. ':workers', worker)
redis.call('ZADD', Q .. ':workers', now + lease, worker)

-- Consumers without a lease: their worker closed while a read was under way, or the set was lost.
local gone = redis.call('ZRANGEBYSCORE', Q .. ':workers', '-inf', now, 'LIMIT', 0, 10)
local old = 0
for stream = 1, 4 do
  local consumers = redis.pcall('XINFO', 'CONSUMERS', STREAMS[stream], GROUP)
  if not consumers.err then
    for _, consumer in ipairs(consumers) do
      local name, idle = consumer[2], consumer[6]
      if name ~= worker and idle > lease and not redis.call('ZSCORE', Q .. ':workers', name) then
        gone[#gone + 1] = name
      end
    end
  end
  local pending = redis.pcall('XPENDING', STREAMS[stream], GROUP, 'IDLE', math.floor(lease / 2), '-', '+', 1000, worker)
  if not pending.err then old = old + #pending end
end

local returned, more, names = 0, 0, {}
for _, name in ipairs(gone) do
  if returned < 500 then
    -- At once: should it be alive after all, its next renewal tells it so.
    redis.call('ZREM', Q .. ':workers', name)
    local found = giveBack(now, name, true, maxCrashes, mostDead, ttl, most, 500)
    returned = returned + found
    if found < 500 then forget(name) else more = 1 end
    names[#names + 1] = name
  else
    more = 1
  end
end

-- Counters of minutes that no rate is made of.
local minute = math.floor(now / 60000)
for _, field in ipairs(redis.call('HKEYS', Q .. ':counts')) do
  if tonumber(string.match(field, '^%d+') or 0) < minute - 5 then redis.call('HDEL', Q .. ':counts', field) end
end
return { held, returned, old, more, unpack(names) }
`)

/**
 * Renews a lease that the worker still has, while its event loop is blocked. ARGV: worker, lease.
 * A lease that was taken from it stays so, for the worker to notice.
 */
export const KEEP_LEASE = scriptText(`
local workers = KEYS[1] .. ':workers'
local time = redis.call('TIME')
if redis.call('ZREM', workers, ARGV[1]) == 0 then return 0 end
return redis.call('ZADD', workers, time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[2], ARGV[1])
`)

/** Ends a worker: what it holds is given back. ARGV: worker. Returns how many tasks that were. */
export const LEAVE = scriptText(`${PRELUDE}${RESULTS}${GIVE_BACK}
local found, total = 0, 0
repeat
  found = giveBack(serverTime(), ARGV[1], false, 0, 0, 0, 0, 500)
  total = total + found
until found == 0
forget(ARGV[1])
-- It may have been the only one that knew when a task is due, or may begin by the rate limit.
local timed = redis.call('EXISTS', Q .. ':later') == 1 or redis.call('HEXISTS', Q, 'rate') == 1
if timed and redis.call('EXISTS', Q .. ':workers') == 1 then wakeOne() end
return total
`)
