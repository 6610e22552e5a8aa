import { scriptText } from '../../redis/script-text.ts'
import { PRELUDE, RESULTS } from './prelude.ts'

/**
 * One step of a worker: ends what it has finished, and reads the next tasks. See `step-call.ts`
 * for its arguments and its answer.
 *
 * Completed tasks are acknowledged together. A task that does more at its end (a retry, a dead
 * letter, a turn that is given up) does so only if its acknowledgement counts: not if another
 * worker has it by now, nor if this call is a repetition.
 */
export const STEP = scriptText(`${PRELUDE}${RESULTS}
local worker, want, free = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local cancelSeen, ttl, most, mostDead = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local own = ARGV[8] == '1'
local at = 9
local now = serverTime()

local function list()
  local n = tonumber(ARGV[at])
  local from = at + 1
  at = from + n
  return n, from, at - 1
end

-- Calls for parts of a range of ARGV: Lua passes at most some 8,000 values to a function.
local function inParts(from, to, call)
  for first = from, to, 1000 do call(first, math.min(first + 999, to)) end
end

local function acknowledge(stream, entry)
  local key = stream == 0 and Q .. ':wake' or STREAMS[stream]
  local acknowledged = redis.call('XACK', key, GROUP, entry)
  redis.call('XDEL', key, entry)
  return acknowledged == 1
end

-- Completed tasks, by stream.
local completed = 0
for stream = 1, 4 do
  local _, from, to = list()
  inParts(from, to, function(first, last)
    completed = completed + redis.call('XACK', STREAMS[stream], GROUP, unpack(ARGV, first, last))
    redis.call('XDEL', STREAMS[stream], unpack(ARGV, first, last))
  end)
end
count(now, 'completed', completed)

-- Marks of tasks that have ended, and of tasks that run for a while.
local _, from, to = list()
inParts(from, to, function(first, last)
  redis.call('HDEL', Q .. ':running', unpack(ARGV, first, last))
  redis.call('HDEL', Q .. ':progress', unpack(ARGV, first, last))
end)
for _, hash in ipairs({ ':running', ':progress' }) do
  _, from, to = list()
  -- A full server may refuse them: the ends that make room must not wait for that.
  inParts(from, to, function(first, last) redis.pcall('HSET', Q .. hash, unpack(ARGV, first, last)) end)
end

-- Ends that do more: a digit for the stream of the entry and one for that of the task, the entry,
-- verb, header, args, and an operand of the verb.
_, from, to = list()
for i = from, to, 6 do
  local stream, entry, verb, header, args = tonumber(string.sub(ARGV[i], 2)), ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4]
  if acknowledge(tonumber(string.sub(ARGV[i], 1, 1)), entry) then
    local id = idOf(header)
    if verb == 'done' then
      release(id, optionsOf(header))
      redis.call('ZREM', Q .. ':cancelled', id)
      count(now, 'completed', 1)
    elseif verb == 'retry' then
      local due = now + tonumber(ARGV[i + 5])
      redis.call('HSET', Q .. ':later-data', id, pack(stream, header, args))
      redis.call('ZADD', Q .. ':later', due, id)
      count(now, 'failed', 1)
    elseif verb == 'dead' then
      bury(now, mostDead, id or ('entry-' .. entry), stream, header, args, ARGV[i + 5])
      if id then
        release(id, optionsOf(header))
        storeResults(now, ttl, most, clientOf(id), { id, 'E' .. ARGV[i + 5] })
      end
      count(now, 'failed', 1)
    elseif verb == 'cancel' then
      release(id, optionsOf(header))
      storeResults(now, ttl, most, clientOf(id), { id, 'C' })
      redis.call('ZREM', Q .. ':cancelled', id)
    elseif verb == 'return' then
      put(1, header, args)
    end
  end
end

-- Results of completed tasks: for each client its name, how many, and pairs of id and result.
local clients = tonumber(ARGV[at])
at = at + 1
for _ = 1, clients do
  local client = ARGV[at]
  at = at + 1
  _, from, to = list()
  inParts(from, to, function(first, last) storeResults(now, ttl, most, client, { unpack(ARGV, first, last) }) end)
end

-- Tasks that are due. Those of a paused queue become due as well, and wait.
local due = redis.call('ZRANGE', Q .. ':later', 0, 0, 'WITHSCORES')
if due[2] and tonumber(due[2]) <= now then
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', Q .. ':later', '-inf', now, 'LIMIT', 0, 200)) do
    redis.call('ZREM', Q .. ':later', id)
    local packed = redis.call('HGET', Q .. ':later-data', id)
    if packed then
      redis.call('HDEL', Q .. ':later-data', id)
      local stream, header, args = unpackTask(packed)
      local options = optionsOf(header)
      enter(stream, header, args, id, options and options.o)
    end
  end
  due = redis.call('ZRANGE', Q .. ':later', 0, 0, 'WITHSCORES')
end

-- What the next tasks depend on: a pause, and the rate limit (GCRA: tat is the theoretical arrival
-- time of the next task, as in ITU-T I.371).
local state = redis.call('HMGET', Q, 'paused', 'rate', 'tat')
local paused, wait = state[1] and 1 or 0, 0
local interval, tolerance, tat
local cut = false
if paused == 1 then want = 0 end
if state[2] then
  local colon = string.find(state[2], ':', 1, true)
  interval = tonumber(string.sub(state[2], 1, colon - 1))
  tolerance = interval * tonumber(string.sub(state[2], colon + 1))
  tat = math.max(tonumber(state[3] or 0), now)
  -- Differences first: times have only some 0.0002 ms of precision.
  -- What is fetched counts as started, so nothing is fetched ahead.
  local able = math.min(want, free)
  want = math.max(0, math.min(able, math.floor((tolerance - (tat - now)) / interval + 0.01)))
  wait = math.max(0, math.ceil(tat - now + interval - tolerance - 0.01))
  cut = want < able
end

local out = {}
local cancelled = redis.call('EXISTS', Q .. ':cancelled') == 1
local fetched = 0

local function line(stream, entry, fields, isOwn)
  local header, args
  for i = 1, #fields, 2 do
    if fields[i] == 'h' then header = fields[i + 1] elseif fields[i] == 'a' then args = fields[i + 1] end
  end
  if not header or not args or string.find(header, '\\n', 1, true) or string.find(args, '\\n', 1, true) then
    if acknowledge(stream, entry) then
      bury(now, mostDead, 'entry-' .. entry, stream, '[]', string.gsub(cjson.encode(fields), '\\n', ' '),
        '{"name":"TaskUnknownError","message":"The entry ' .. entry .. ' of the stream is not a task"}')
      count(now, 'failed', 1)
    end
    return
  end
  -- A worker that may have the task already is told below, and ends it itself.
  if cancelled and not isOwn then
    local id = idOf(header)
    if id and redis.call('ZSCORE', Q .. ':cancelled', id) and acknowledge(stream, entry) then
      redis.call('ZREM', Q .. ':cancelled', id)
      release(id, optionsOf(header))
      storeResults(now, ttl, most, clientOf(id), { id, 'C' })
      return
    end
  end
  out[#out + 1] = stream .. entry
  out[#out + 1] = header
  out[#out + 1] = args
end

local function read(stream, amount)
  local command = { 'XREADGROUP', 'GROUP', GROUP, worker, 'COUNT', amount, 'STREAMS', STREAMS[stream], '>' }
  local reply = redis.pcall(unpack(command))
  if reply and reply.err then
    -- FLUSHALL removed the group. From 0: what was added before it is there is not lost.
    redis.call('XGROUP', 'CREATE', STREAMS[stream], GROUP, '0', 'MKSTREAM')
    reply = redis.call(unpack(command))
  end
  return reply and reply[1] and reply[1][2] or {}
end

if own then
  -- Entries that were delivered to this worker, of which it may not know.
  for stream = 1, 4 do
    if redis.call('XLEN', STREAMS[stream]) > 0 then
      local reply = redis.pcall('XREADGROUP', 'GROUP', GROUP, worker, 'STREAMS', STREAMS[stream], '0')
      if reply and reply[1] then
        for _, entry in ipairs(reply[1][2]) do
          if entry[2] then line(stream, entry[1], entry[2], true) else acknowledge(stream, entry[1]) end
        end
      end
    end
  end
end

for stream = 1, 4 do
  if fetched < want and redis.call('XLEN', STREAMS[stream]) > 0 then
    for _, entry in ipairs(read(stream, want - fetched)) do
      fetched = fetched + 1
      line(stream, entry[1], entry[2])
    end
  end
end
if interval and fetched > 0 then
  tat = tat + fetched * interval
  redis.call('HSET', Q, 'tat', string.format('%.3f', tat))
  wait = math.max(0, math.ceil(tat - now + interval - tolerance - 0.01))
end

-- Cancellations that the worker has not seen.
-- After FLUSHALL their numbers begin anew.
local newest = tonumber(redis.call('HGET', Q, 'cancels') or 0)
local seen = cancelSeen <= newest and cancelSeen or 0
local ids = {}
if cancelled then
  local new = redis.call('ZRANGEBYSCORE', Q .. ':cancelled', '(' .. seen, '+inf', 'WITHSCORES', 'LIMIT', 0, 1000)
  for i = 1, #new, 2 do
    ids[#ids + 1] = new[i]
    seen = tonumber(new[i + 1])
  end
end
-- The worker must look again, also where less than a millisecond is left.
if cut then wait = math.max(1, wait) end
local nextDue = due[2] and math.max(0, math.ceil(tonumber(due[2]) - now)) or -1
local head = string.format('%d %d %d %d %d %d', paused, interval and 1 or 0, wait, nextDue,
  want > 0 and fetched >= want and 1 or 0, seen)
if #ids > 0 then head = head .. ' ' .. table.concat(ids, ' ') end
table.insert(out, 1, head)
return table.concat(out, '\\n')
`)
