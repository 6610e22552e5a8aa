import { scriptText } from '../../redis/script-text.ts'
import { PRELUDE } from './prelude.ts'

/** Returns the state of a queue as JSON. */
export const QUEUE_INFO = scriptText(`${PRELUDE}
local now = serverTime()
local waiting, oldest = {}, -1
local workers = redis.call('ZRANGE', Q .. ':workers', 0, -1, 'WITHSCORES')
local leases, held = {}, {}
for i = 1, #workers, 2 do leases[workers[i]] = tonumber(workers[i + 1]) - now end

for stream = 1, 4 do
  local key, pending, after = STREAMS[stream], 0, '-'
  local groups = redis.pcall('XINFO', 'GROUPS', key)
  for _, group in ipairs(groups.err and {} or groups) do
    local fields = {}
    for i = 1, #group, 2 do fields[group[i]] = group[i + 1] end
    if fields.name == GROUP then
      pending = fields.pending
      after = '(' .. fields['last-delivered-id']
      local consumers = redis.call('XINFO', 'CONSUMERS', key, GROUP)
      for _, consumer in ipairs(consumers) do held[consumer[2]] = (held[consumer[2]] or 0) + consumer[4] end
    end
  end
  waiting[stream] = math.max(0, redis.call('XLEN', key) - pending)
  local first = redis.call('XRANGE', key, after, '+', 'COUNT', 1)
  if first[1] then oldest = math.max(oldest, now - tonumber(string.match(first[1][1], '^%d+'))) end
end

local running = {}
for _, mark in ipairs(redis.call('HVALS', Q .. ':running')) do
  local worker = string.match(mark, '^%S+')
  running[worker] = (running[worker] or 0) + 1
end

local list = {}
for name, left in pairs(leases) do
  list[#list + 1] = { id = name, lease = left, held = held[name] or 0, running = running[name] or 0 }
end

-- Of the last 60 s: this minute, and the part of the one before that is needed to fill it.
local minute = math.floor(now / 60000)
local share = 1 - (now % 60000) / 60000
local rates = {}
for _, what in ipairs({ 'added', 'completed', 'failed' }) do
  local counts = redis.call('HMGET', Q .. ':counts', minute .. ':' .. what, (minute - 1) .. ':' .. what)
  rates[what] = string.format('%.3f', ((counts[1] or 0) + (counts[2] or 0) * share) / 60)
end

return cjson.encode({
  waiting = waiting, oldest = oldest, workers = list, rates = rates,
  ordered = redis.call('HLEN', Q .. ':order-data'),
  delayed = redis.call('ZCARD', Q .. ':later'), dead = redis.call('ZCARD', Q .. ':dead'),
  paused = redis.call('HEXISTS', Q, 'paused'), rate = redis.call('HGET', Q, 'rate'),
})
`)
