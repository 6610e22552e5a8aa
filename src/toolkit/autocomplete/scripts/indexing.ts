import { LISTS } from './lists.ts'
import { NAMES } from './names.ts'

/** Most types of an index: a search without types reads those of each. */
export const MAX_TYPES = 32

/**
 * Writes and removes items. The score of a sorted set is a whole number below 2^53: relevance in
 * steps of 1/2000; a bit that says that the title is this one word; the first seven characters of
 * the title, so that equals are in the order of letters. Such a title is higher in the set of its
 * word, but not in those of prefixes.
 */
export const INDEXING = `${NAMES}${LISTS}

local function orderOf(words)
  local number = 0
  for at = 1, 7 do
    local byte = string.byte(words, at) or 32
    local digit = 37
    if byte == 32 then digit = 0 elseif byte < 58 then digit = byte - 47 elseif byte < 128 then digit = byte - 86 end
    number = number * 40 + digit
  end
  return LETTERS - 1 - number
end

local function boostOf(name)
  return tonumber(redis.call('HGET', BOOSTS, name) or 1)
end

local function index(id, words, score, type)
  local factor, order = boostOf(id), orderOf(words)
  local isOnly = not string.find(words, ' ', 1, true)
  local seen, at = {}, 0
  for word in string.gmatch(words, '[^ ]+') do
    if not seen[word] then
      seen[word] = true
      local relevance = score + 1 + 0.2 / (at + 1) + (at == 0 and 1 or 0)
      local step = math.min(24000, math.floor(relevance * factor * 2000))
      local zscore = (2 * step + (isOnly and 1 or 0)) * LETTERS + order
      local ids = keyOf('w', word, type)
      redis.call('ZADD', ids, string.format('%.0f', zscore + (isOnly and ONLY or 0)), id)
      local isNew = redis.call('ZCARD', ids) == 1
      if isNew then redis.call('ZADD', keyOf('v', '', type), 0, word) end
      intoLists(word, type, string.format('%.0f', zscore), id, isNew)
    end
    at = at + 1
  end
end

local function unindex(id, words, type, repairs)
  local list, seen, isGone = {}, {}, false
  for word in string.gmatch(words, '[^ ]+') do
    if not seen[word] then
      seen[word] = true
      list[#list + 1] = word
      local ids = keyOf('w', word, type)
      redis.call('ZREM', ids, id)
      if redis.call('EXISTS', ids) == 0 then
        redis.call('ZREM', keyOf('v', '', type), word)
        isGone = true
      end
    end
  end
  outOfLists(list, type, id, isGone, repairs)
end

local function countType(type, by)
  if redis.call('HINCRBY', TYPES, type, by) == 0 then redis.call('HDEL', TYPES, type) end
end

-- Returns true if there was no such item.
local function put(id, words, score, type, rest)
  local old = redis.call('HGET', ITEMS, id)
  redis.call('HSET', ITEMS, id, words .. '\\n' .. score .. '\\n' .. type .. '\\n' .. rest)
  if old then
    local oldWords, oldScore, oldType = parse(old)
    if oldWords == words and oldScore == score and oldType == type then return false end
    unindex(id, oldWords, oldType, true)
    countType(oldType, -1)
  end
  countType(type, 1)
  index(id, words, tonumber(score), type)
  return not old
end

local function remove(id, repairs)
  local record = redis.call('HGET', ITEMS, id)
  if not record then return 0 end
  local words, _, type = parse(record)
  redis.call('HDEL', ITEMS, id)
  unindex(id, words, type, repairs)
  countType(type, -1)
  -- A type of this name keeps its boost.
  if redis.call('HEXISTS', TYPES, id) == 0 then redis.call('HDEL', BOOSTS, id) end
  return 1
end

local function isFull(type)
  return redis.call('HEXISTS', TYPES, type) == 0 and redis.call('HLEN', TYPES) >= ${MAX_TYPES}
end
`
