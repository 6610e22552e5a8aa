import { scriptText } from '../../redis/script-text.ts'
import { PRELUDE, RESULTS } from './prelude.ts'

/** Most waiting tasks that one call looks at, and about the most characters of them. */
const MOST_SCANNED = 1_000
const MOST_CHARACTERS = 1_000_000
/** Entries of one XRANGE. */
const PAGE = 100
/** Time for which a cancellation waits for the worker that has the task, in ms: a week. */
const CANCELLATION_TTL = 7 * 24 * 3_600_000

/**
 * Looks through the tasks in the streams, some hundred in one call. There is no index of them: it
 * would cost more than all the rest of an addition. The stream of returned tasks is the last, since
 * tasks of the others go there.
 */
const SEARCH = `
-- Calls \`visit\` for each entry from a cursor on, until it returns true. Returns the cursor of the
-- next call, if there is more to look through.
local function eachEntry(cursor, visit)
  local stream, from = 4, '-'
  if cursor ~= '' then stream, from = tonumber(string.sub(cursor, 1, 1)), string.sub(cursor, 2) end
  local scanned, characters = 0, 0
  while stream > 0 do
    if scanned >= ${MOST_SCANNED} or characters >= ${MOST_CHARACTERS} then return stream .. from end
    local entries = redis.call('XRANGE', STREAMS[stream], from, '+', 'COUNT', ${PAGE})
    for _, entry in ipairs(entries) do
      local fields = entry[2]
      if fields[1] == 'h' and visit(idOf(fields[2]), stream, entry) then return nil end
      characters = characters + #(fields[4] or '')
    end
    scanned = scanned + #entries
    if #entries == ${PAGE} then from = '(' .. entries[#entries][1] else stream, from = stream - 1, '-' end
  end
end

-- Returns the stream and the entry of a task; or nil, nil, and a cursor.
local function findEntry(id, cursor)
  local foundStream, foundEntry
  local more = eachEntry(cursor, function(one, stream, entry)
    if one == id then foundStream, foundEntry = stream, entry end
    return one == id
  end)
  return foundStream, foundEntry, more
end
`

/**
 * Returns the state of a task and its name, or an empty string. ARGV: its id, cursor. While there
 * is more to look through, returns an empty string and the next cursor.
 */
export const TASK_STATE = scriptText(`${PRELUDE}${RESULTS}${SEARCH}
local id = ARGV[1]
local function found(state, header)
  return { state, header and string.match(header, '^%["[^"]+","([^"]+)"') or '' }
end

local result = findResult(id)
local kind = result and string.sub(result, 1, 1)
if kind == 'R' then return found('completed') end
if kind == 'C' then return found('cancelled') end
if kind == 'E' then return found('failed') end
for hash, state in pairs({ ['later-data'] = 'delayed', ['order-data'] = 'waiting' }) do
  local packed = redis.call('HGET', Q .. ':' .. hash, id)
  if packed then return found(state, select(2, unpackTask(packed))) end
end
local stream, entry, cursor = findEntry(id, ARGV[2])
if cursor then return { '', cursor } end
if not stream then return found('unknown') end
return found(redis.call('HEXISTS', Q .. ':running', id) == 1 and 'running' or 'waiting', entry[2][2])
`)

/**
 * Cancels a task. ARGV: id, resultTtl, maxResults, cursor. Returns 0 if there is none that could
 * be, 1 if it is cancelled now, 2 if a worker has it: then it is cancelled when that one sees it.
 * While there is more to look through, returns the next cursor.
 *
 * The number of a cancellation is the time, if that is more than the number before it.
 */
export const CANCEL = scriptText(`${PRELUDE}${RESULTS}${SEARCH}
local id, ttl, most = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
if findResult(id) then return 0 end

local function cancelled(header)
  release(id, optionsOf(header))
  storeResults(serverTime(), ttl, most, clientOf(id), { id, 'C' })
  return 1
end

local packed = redis.call('HGET', Q .. ':later-data', id)
if packed then
  redis.call('ZREM', Q .. ':later', id)
  redis.call('HDEL', Q .. ':later-data', id)
  return cancelled(select(2, unpackTask(packed)))
end
packed = redis.call('HGET', Q .. ':order-data', id)
if packed then
  local _, header = unpackTask(packed)
  redis.call('HDEL', Q .. ':order-data', id)
  redis.call('LREM', Q .. ':order:' .. optionsOf(header).o, 1, id)
  return cancelled(header)
end
local stream, entry, cursor = findEntry(id, ARGV[4])
if not stream then return cursor or 0 end
local pending = redis.pcall('XPENDING', STREAMS[stream], GROUP, entry[1], entry[1], 1)
if pending.err or #pending == 0 then
  redis.call('XDEL', STREAMS[stream], entry[1])
  return cancelled(entry[2][2])
end
local now = serverTime()
redis.call('ZREMRANGEBYSCORE', Q .. ':cancelled', '-inf', now - ${CANCELLATION_TTL})
local number = math.max(now, tonumber(redis.call('HGET', Q, 'cancels') or 0) + 1)
redis.call('HSET', Q, 'cancels', number)
redis.call('ZADD', Q .. ':cancelled', number, id)
redis.call('PEXPIRE', Q .. ':cancelled', ${CANCELLATION_TTL})
wakeAll()
return 2
`)

/**
 * Finds tasks of which the queue has nothing: no result, and nothing that will have one. ARGV: ids.
 * Returns those, or none while so many tasks wait that it cannot be said by one call.
 */
export const FIND_GONE = scriptText(`${PRELUDE}${RESULTS}${SEARCH}
local waiting = 0
for stream = 1, 4 do waiting = waiting + redis.call('XLEN', STREAMS[stream]) end
if waiting >= ${MOST_SCANNED} then return {} end
local missing = {}
for _, id in ipairs(ARGV) do
  missing[id] = not findResult(id) and redis.call('HEXISTS', Q .. ':later-data', id) == 0
    and redis.call('HEXISTS', Q .. ':order-data', id) == 0 or nil
end
local more = eachEntry('', function(id)
  if id then missing[id] = nil end
end)
local gone = {}
for id in pairs(more and {} or missing) do gone[#gone + 1] = id end
return gone
`)
