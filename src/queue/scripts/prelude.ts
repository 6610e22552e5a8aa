/**
 * Functions that several scripts begin with. A task is kept as `stream .. header .. '\n' .. args`
 * outside of the streams: both parts are JSON, which has no line ends. Headers are
 * `["id","name",{options}]`, the last part only if there are options.
 *
 * Every script has one key, the queue's, from which it makes the others: they have the same hash
 * tag. In a cluster it has a second one, which is never there: while the slot moves to another
 * node, key by key, each node has a part of the keys, and Redis refuses a command with several keys
 * one of which is missing. A script that began would fail half-way, or make keys that the other
 * node has. It is repeated until the slot has moved.
 *
 * Scripts that must succeed on a full server remove something first: Redis refuses commands that
 * need memory only until a script has written.
 */
export const PRELUDE = `
local Q = KEYS[1]
local GROUP = 'workers'
local STREAMS = { Q .. ':returned', Q .. ':high', Q .. ':normal', Q .. ':low' }

-- Milliseconds since 1970, by the server: the clocks of workers may differ.
local function serverTime()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function put(stream, header, args)
  redis.call('XADD', STREAMS[stream], '*', 'h', header, 'a', args)
end

local function pack(stream, header, args)
  return stream .. header .. '\\n' .. args
end

local function unpackTask(packed)
  local stop = string.find(packed, '\\n', 1, true)
  return tonumber(string.sub(packed, 1, 1)), string.sub(packed, 2, stop - 1), string.sub(packed, stop + 1)
end

-- The id of a header, or nil for what is no header.
local function idOf(header)
  return string.match(header, '^%["([^"]+)","')
end

-- The options of a header: nil where it has none.
local function optionsOf(header)
  if string.sub(header, -2) ~= '}]' then return nil end
  local ok, decoded = pcall(cjson.decode, header)
  return ok and type(decoded) == 'table' and type(decoded[3]) == 'table' and decoded[3] or nil
end

-- Encodes a header as JSON.stringify does. cjson writes every slash as \\/, and ids may have some.
local function encodeHeader(id, name, options)
  return (string.gsub(cjson.encode({ id, name, options }), '\\\\/', '/'))
end

-- Puts a task into its stream, or behind the tasks that have the same order key.
local function enter(stream, header, args, id, order)
  if order then
    if redis.call('HSETNX', Q .. ':order', order, id) == 0
      and redis.call('HGET', Q .. ':order', order) ~= id then
      redis.call('HSET', Q .. ':order-data', id, pack(stream, header, args))
      redis.call('RPUSH', Q .. ':order:' .. order, id)
      return
    end
  end
  put(stream, header, args)
end

-- Gives up what a task that has ended held: its unique key, and its turn among ordered tasks.
local function release(id, options)
  if not options then return end
  if options.u and redis.call('GET', Q .. ':unique:' .. options.u) == id then
    redis.call('DEL', Q .. ':unique:' .. options.u)
  end
  if options.o and redis.call('HGET', Q .. ':order', options.o) == id then
    local follower, packed
    repeat
      follower = redis.call('LPOP', Q .. ':order:' .. options.o)
      -- A server that evicts may have lost it: the tasks behind it go on.
      packed = follower and redis.call('HGET', Q .. ':order-data', follower)
    until packed or not follower
    if packed then
      local stream, header, args = unpackTask(packed)
      redis.call('HDEL', Q .. ':order-data', follower)
      redis.call('HSET', Q .. ':order', options.o, follower)
      put(stream, header, args)
    else
      redis.call('HDEL', Q .. ':order', options.o)
    end
  end
end

-- Adds to a counter of this minute, of which rates are made.
local function count(now, what, by)
  if by > 0 then redis.call('HINCRBY', Q .. ':counts', math.floor(now / 60000) .. ':' .. what, by) end
end

-- Ends the blocking reads of all workers, each by one entry.
local function wakeAll()
  local workers = redis.call('ZCARD', Q .. ':workers')
  for _ = 1, workers do
    redis.call('XADD', Q .. ':wake', 'MAXLEN', workers, '*', 'h', '')
  end
end

local function wakeOne()
  redis.call('XADD', Q .. ':wake', 'MAXLEN', 1000, '*', 'h', '')
end
`

/**
 * Functions that store results. Results of the same quarter of `resultTtl` share a hash, which
 * expires as a whole: a key for each result would cost several times the memory.
 */
export const RESULTS = `
local function storeResults(now, ttl, most, client, pairs)
  local n = math.floor(now * 4 / ttl)
  local member = string.format('%d:%d', ttl, n)
  local bucket = Q .. ':results:' .. member
  local room = math.ceil(most / 4) - redis.call('HLEN', bucket)
  if room > 0 then
    redis.call('HSET', bucket, unpack(pairs, 1, math.min(#pairs, 2 * room)))
    if redis.call('PTTL', bucket) < 0 then
      local expires = math.ceil((n + 1) * ttl / 4) + ttl
      redis.call('PEXPIREAT', bucket, expires)
      redis.call('ZREMRANGEBYSCORE', Q .. ':results', '-inf', now)
      redis.call('ZADD', Q .. ':results', expires, member)
    end
  end
  -- The stream is there while the client waits for results.
  local answers = Q .. ':answers:' .. client
  if redis.call('EXISTS', answers) == 1 then
    redis.call('XADD', answers, 'MAXLEN', '~', 10000, '*', unpack(pairs))
  end
  if redis.call('EXISTS', Q .. ':waiters') == 1 then
    for i = 1, #pairs, 2 do
      local waiters = redis.call('HGET', Q .. ':waiters', pairs[i])
      if waiters then
        redis.call('HDEL', Q .. ':waiters', pairs[i])
        for waiter in string.gmatch(waiters, '[^,]+') do
          redis.call('XADD', Q .. ':answers:' .. waiter, 'NOMKSTREAM', '*', pairs[i], pairs[i + 1])
        end
      end
    end
  end
end

local function clientOf(id)
  return string.match(id, '^(.*)-') or id
end

-- Dead letters keep their errors for longer than results are kept.
local function findResult(id)
  local members = redis.call('ZREVRANGE', Q .. ':results', 0, -1)
  for _, member in ipairs(members) do
    local result = redis.call('HGET', Q .. ':results:' .. member, id)
    if result then return result end
  end
  local letter = redis.call('HGET', Q .. ':dead-data', id)
  return letter and 'E' .. string.match(letter, '^.*\\n(.*)$')
end

-- Keeps a failed task: the oldest go where there are more than the most that are kept.
local function bury(now, most, id, stream, header, args, failure)
  redis.call('HSET', Q .. ':dead-data', id, pack(stream, header, args) .. '\\n' .. failure)
  redis.call('ZADD', Q .. ':dead', now, id)
  while redis.call('ZCARD', Q .. ':dead') > most do
    local oldest = redis.call('ZPOPMIN', Q .. ':dead')
    redis.call('HDEL', Q .. ':dead-data', oldest[1])
  end
end
`
