/**
 * The best ids of short prefixes. A list is kept for each prefix that more than `MANY` words have,
 * whatever its length, so that a query reads one list, or the ids of at most `MANY` words.
 *
 * A list has at most `BEST` members: a sorted set of so few is compact. The member `''` says that
 * ids were left out: the list has exactly the ids above its score. When an id is removed, a list
 * that has become short is made again from the lists that are one character longer, or from words.
 */
export const LISTS = `
local MANY, FEW, BEST, SHORT = 32, 16, 128, 64

local function insert(list, zscore, id)
  redis.call('ZADD', list, 'GT', zscore, id)
  if redis.call('ZCARD', list) <= BEST then return end
  -- One of them may be the old mark.
  local lowest = redis.call('ZRANGE', list, 0, 1, 'WITHSCORES')
  redis.call('ZREMRANGEBYRANK', list, 0, 1)
  redis.call('ZADD', list, lowest[4], '')
end

local function build(prefix, type)
  local scores, missing = {}, -1
  local function take(members, isWord)
    for at = 1, #members, 2 do
      local id, zscore = members[at], tonumber(members[at + 1])
      if isWord and math.floor(zscore / LETTERS) % 2 == 1 then zscore = zscore - ONLY end
      if id == '' then missing = math.max(missing, zscore)
      elseif zscore > (scores[id] or -1) then scores[id] = zscore end
    end
    if isWord and #members == 2 * BEST then missing = math.max(missing, tonumber(members[#members])) end
  end
  local function takeWord(word)
    take(redis.call('ZREVRANGE', keyOf('w', word, type), 0, BEST - 1, 'WITHSCORES'), true)
  end
  takeWord(prefix)
  eachNext(prefix, type, math.huge, function(child)
    local list = redis.call('ZREVRANGE', keyOf('p', child, type), 0, -1, 'WITHSCORES')
    if #list > 0 then take(list, false)
    else for _, word in ipairs(wordsOf(child, type, MANY + 1)) do takeWord(word) end end
  end)
  local sorted = {}
  for id, zscore in pairs(scores) do sorted[#sorted + 1] = { id, zscore } end
  table.sort(sorted, function(a, b) return a[2] > b[2] end)
  -- Room for some more, before it is cut.
  local size = math.min(#sorted, BEST - 16)
  if sorted[size + 1] then missing = math.max(missing, sorted[size + 1][2]) end
  local args = {}
  for at = 1, size do
    local id, zscore = sorted[at][1], sorted[at][2]
    if zscore <= missing then break end
    args[#args + 1] = string.format('%.0f', zscore)
    args[#args + 1] = id
  end
  if missing >= 0 then
    args[#args + 1] = string.format('%.0f', missing)
    args[#args + 1] = ''
  end
  local list = keyOf('p', prefix, type)
  redis.call('DEL', list)
  if #args > 0 then redis.call('ZADD', list, unpack(args)) end
end

local function intoLists(word, type, zscore, id, isNew)
  local at = 0
  while at < #word do
    at = characterEnd(word, at)
    local prefix = string.sub(word, 1, at)
    local list = keyOf('p', prefix, type)
    local lowest = redis.call('ZRANGE', list, 0, 0, 'WITHSCORES')
    if not lowest[1] then
      -- Longer prefixes have no more words than this one.
      if not isNew or countWords(prefix, type) <= MANY then return end
      build(prefix, type)
    elseif lowest[1] ~= '' or tonumber(zscore) > tonumber(lowest[2]) then
      insert(list, zscore, id)
    end
  end
end

local function outOfLists(words, type, id, isGone, repairs)
  local lists, seen = {}, {}
  for _, word in ipairs(words) do
    local at = 0
    while at < #word do
      at = characterEnd(word, at)
      local prefix = string.sub(word, 1, at)
      if not seen[prefix] then
        local list = keyOf('p', prefix, type)
        if redis.call('ZREM', list, id) == 0 and redis.call('EXISTS', list) == 0 then break end
        seen[prefix] = true
        lists[#lists + 1] = prefix
      end
    end
  end
  -- Longer ones first: shorter ones are made of them.
  table.sort(lists, function(a, b) return #a > #b end)
  for _, prefix in ipairs(lists) do
    local list = keyOf('p', prefix, type)
    if isGone and countWords(prefix, type) < FEW then redis.call('DEL', list)
    elseif repairs and redis.call('ZCARD', list) < SHORT and redis.call('ZSCORE', list, '') then
      build(prefix, type)
    end
  end
end
`
