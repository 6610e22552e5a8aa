/**
 * Functions of scripts that index documents. `I` is the begin of all keys of an index, which have
 * the same hash tag as it; it must come from KEYS, so that it has the keyPrefix of the client.
 *
 * - `I`: hash with `length`, the number of words of all documents, and `next`, the last order
 * - `I:docs`: sorted set of all documents; the score is their order, times 2^20, and their length
 * - `I:entries`: hash, document to its lines ({@link DocumentEntry})
 * - `I:w:TERM`, `I:m:CODE`, `I:x:FACET`: sorted sets of documents; the score is the frequency
 *   divided by the length and a constant, so that the best are last ("impact-ordered lists",
 *   Anh, de Kretser and Moffat, SIGIR 2001). With the length, the frequency is found again
 * - `I:words`: sorted set of `word TAB term`, all of score 0, for prefixes; `I:uses`: hash, member
 *   of it to the number of documents that have it
 *
 * `putText(I, id, length, lines)` adds a document, or replaces its text; `removeText(I, id)`
 * returns false if there is none. Neither leaves a key when the last document is removed.
 */
export const DOCUMENT_LUA = `
local LENGTHS = 1048576
local SMOOTHING = 30

local function tokensOf(lines)
  return string.gmatch(lines, '([^\\t\\n]+)\\t(%d+)\\t[^\\t\\n]*\\t([^\\n]*)\\n')
end

local function countWord(I, member, by)
  local uses = redis.call('HINCRBY', I .. ':uses', member, by)
  if uses <= 0 then
    redis.call('HDEL', I .. ':uses', member)
    redis.call('ZREM', I .. ':words', member)
  elseif uses == by then
    redis.call('ZADD', I .. ':words', 0, member)
  end
end

local function putText(I, id, length, lines)
  local old = redis.call('HGET', I .. ':entries', id)
  local order, change = 0, length
  if old then
    local score = tonumber(redis.call('ZSCORE', I .. ':docs', id))
    order = math.floor(score / LENGTHS)
    change = length - score % LENGTHS
  else
    order = redis.call('HINCRBY', I, 'next', 1)
  end
  redis.call('HINCRBY', I, 'length', change)
  redis.call('ZADD', I .. ':docs', order * LENGTHS + length, id)
  redis.call('HSET', I .. ':entries', id, lines)
  local tokens, words = {}, {}
  for token, frequency, forms in tokensOf(lines) do
    tokens[token] = true
    redis.call('ZADD', I .. ':' .. token, frequency / (length + SMOOTHING), id)
    for word in string.gmatch(forms, '[^,]+') do words[word .. '\\t' .. string.sub(token, 3)] = true end
  end
  for token, _, forms in tokensOf(old or '') do
    if not tokens[token] then redis.call('ZREM', I .. ':' .. token, id) end
    for word in string.gmatch(forms, '[^,]+') do
      local member = word .. '\\t' .. string.sub(token, 3)
      if words[member] then words[member] = nil else countWord(I, member, -1) end
    end
  end
  for member in pairs(words) do countWord(I, member, 1) end
end

local function removeText(I, id)
  local old = redis.call('HGET', I .. ':entries', id)
  if not old then return false end
  local length = tonumber(redis.call('ZSCORE', I .. ':docs', id)) % LENGTHS
  for token, _, forms in tokensOf(old) do
    redis.call('ZREM', I .. ':' .. token, id)
    for word in string.gmatch(forms, '[^,]+') do countWord(I, word .. '\\t' .. string.sub(token, 3), -1) end
  end
  redis.call('HDEL', I .. ':entries', id)
  redis.call('ZREM', I .. ':docs', id)
  if redis.call('EXISTS', I .. ':docs') == 0 then redis.call('DEL', I)
  -- Not -length: of 0 that is -0, which is no integer to Redis.
  else redis.call('HINCRBY', I, 'length', 0 - length) end
  return true
end
`
