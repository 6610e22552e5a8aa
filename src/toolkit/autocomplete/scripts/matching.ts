import { NAMES } from './names.ts'

/**
 * Finds and ranks items for words. A slot is a word of the query with its alternatives: an item
 * matches if it has, for each slot, a word that begins with one of them.
 *
 * One word: the best ids of that word, and of the list of that prefix, or of its few words. Several
 * words: the rarest one gives the ids, best first, and the others are compared with their texts,
 * until there are enough, or `BUDGET` ids were read.
 */
export const MATCHING = `${NAMES}
local MANY, CHUNK, BUDGET, ENOUGH = 32, 100, 1000, 100
local limit = tonumber(ARGV[1])
local words, types, boosts = {}, {}, {}
do
  local at = 5
  for _ = 1, ARGV[3] do at = at + 1; words[#words + 1] = ARGV[at] end
  for _ = 1, ARGV[4] do at = at + 1; types[#types + 1] = ARGV[at] end
  for _ = 1, ARGV[5] do boosts[ARGV[at + 1]] = tonumber(ARGV[at + 2]); at = at + 2 end
end
if #types == 0 then types = redis.call('HKEYS', TYPES) end
local phrase = table.concat(words, ' ')
local spacedPhrase = ' ' .. phrase
local find, match = string.find, string.match
local hasStored = redis.call('EXISTS', BOOSTS) == 1
local hasBoosts = hasStored or next(boosts) ~= nil

local function slotsOf(list)
  local slots = {}
  for at, word in ipairs(list) do slots[at] = { word } end
  return slots
end

-- The slots as they are searched for in a text with spaces around it.
local function compiled(slots)
  local patterns = {}
  for at, slot in ipairs(slots) do
    local alternatives = {}
    for n, word in ipairs(slot) do alternatives[n] = { ' ' .. word, ' ' .. word .. ' ' } end
    patterns[at] = alternatives
  end
  return patterns
end

-- Relevance of a text, or nil if it does not match.
local function relevanceOf(text, score, patterns)
  local spaced = ' ' .. text .. ' '
  local relevance, first, previous, isOrdered = score + 1, #spaced, 0, true
  for n = 1, #patterns do
    local slot = patterns[n]
    local begin, whole
    for m = 1, #slot do
      local at = find(spaced, slot[m][1], 1, true)
      if at then
        if not begin or at < begin then begin = at end
        if find(spaced, slot[m][2], at, true) then whole = true end
      end
    end
    if not begin then return nil end
    if begin < first then first = begin end
    if begin < previous then isOrdered = false end
    previous = begin
    if whole then relevance = relevance + 0.3 end
  end
  if first == 1 then relevance = relevance + 1.2
  else
    local position, at = 0, 1
    while at < first do
      at = find(spaced, ' ', at + 1, true)
      position = position + 1
    end
    relevance = relevance + 0.2 / (position + 1)
  end
  if text == phrase then relevance = relevance + 3
  elseif #patterns > 1 then
    local together = find(spaced, spacedPhrase, 1, true)
    if together then relevance = relevance + (together == 1 and 1.5 or 0.5)
    elseif isOrdered then relevance = relevance + 0.3 end
  end
  return relevance
end

local function storedBoost(name)
  return hasStored and tonumber(redis.call('HGET', BOOSTS, name) or 1) or 1
end

-- Adds the items of ids that match, by their ids, to found. Returns how many.
local function check(ids, type, patterns, found)
  if #ids == 0 then return 0 end
  local count = 0
  local typeBoost = boosts[type] or storedBoost(type)
  local records = redis.call('HMGET', ITEMS, unpack(ids))
  for at = 1, #ids do
    local id, record = ids[at], records[at]
    if record and not found[id] then
      local text, score, itemType = match(record, '^([^\\n]*)\\n([^\\n]*)\\n([^\\n]*)\\n')
      local relevance = itemType == type and relevanceOf(text, tonumber(score), patterns)
      if relevance then
        local boost = typeBoost
        if hasBoosts then boost = boost * (boosts[id] or storedBoost(id)) end
        found[id] = { id = id, record = record, text = text, relevance = relevance * boost }
        count = count + 1
      end
    end
  end
  return count
end

-- Some more than asked for: titles may be equal in what the index orders by.
local pool = math.max(limit + 2, 10)

-- Without boosts the scores of the index are the relevance, and records are only fetched.
local function fetch(ids, scores, found)
  if #ids == 0 then return end
  local records = redis.call('HMGET', ITEMS, unpack(ids))
  for at = 1, #ids do
    local id, record = ids[at], records[at]
    if record then found[id] = { id = id, record = record, text = record, relevance = scores[id] } end
  end
end

local function searchOne(type, slots, found)
  local scores, sorted = {}, {}
  local function take(key, bonus, isLonger)
    local members = redis.call('ZREVRANGE', key, 0, pool - 1, 'WITHSCORES')
    for at = 1, #members, 2 do
      local id, zscore = members[at], members[at + 1] + bonus
      if isLonger and math.floor(zscore / LETTERS) % 2 == 1 then zscore = zscore - ONLY end
      local known = scores[id]
      if id ~= '' and (not known or zscore > known) then
        if not known then sorted[#sorted + 1] = id end
        scores[id] = zscore
      end
    end
    return #members
  end
  for _, word in ipairs(slots[1]) do
    take(keyOf('w', word, type), WHOLE)
    if take(keyOf('p', word, type), 0) == 0 then
      for _, longer in ipairs(wordsOf(word, type, MANY)) do
        if longer ~= word then take(keyOf('w', longer, type), 0, true) end
      end
    end
  end
  table.sort(sorted, function(a, b) return scores[a] > scores[b] end)
  for at = #sorted, pool + 1, -1 do sorted[at] = nil end
  if hasBoosts then check(sorted, type, compiled(slots), found) else fetch(sorted, scores, found) end
end

-- The words of a slot: all, if they are few, with the number of their ids.
local function driverOf(type, slot)
  local list, size = {}, 0
  for _, word in ipairs(slot) do
    local some = wordsOf(word, type, MANY + 1)
    if #some > MANY then
      size = size + 1e9 + countWords(word, type)
      some = wordsOf(word, type, 200)
    end
    for _, one in ipairs(some) do list[#list + 1] = one end
  end
  if size < 1e9 then
    for _, word in ipairs(list) do size = size + redis.call('ZCARD', keyOf('w', word, type)) end
  end
  return list, size
end

local function searchSeveral(type, slots, found)
  local driver, list, size
  for _, slot in ipairs(slots) do
    local itsList, itsSize = driverOf(type, slot)
    if #itsList == 0 then return end
    if not size or itsSize < size then driver, list, size = slot, itsList, itsSize end
  end
  local count, seen, waiting, patterns = 0, {}, {}, compiled(slots)
  local function flush()
    count = count + check(waiting, type, patterns, found)
    waiting = {}
  end
  local function take(key, from, to)
    for _, id in ipairs(redis.call('ZREVRANGE', key, from, to - 1)) do
      if id ~= '' and not seen[id] then
        seen[id] = true
        waiting[#waiting + 1] = id
        if #waiting == CHUNK then flush() end
        if count >= ENOUGH then return end
      end
    end
  end
  local share = math.max(10, math.floor(BUDGET / #list))
  for _, word in ipairs(driver) do
    take(keyOf('w', word, type), 0, BUDGET)
    if size >= 1e9 then take(keyOf('p', word, type), 0, 0) end
  end
  for pass = 1, 2 do
    for _, word in ipairs(list) do
      if count >= ENOUGH then break end
      take(keyOf('w', word, type), pass == 1 and 0 or share, pass == 1 and share or 4 * share)
    end
    flush()
    if count >= limit then return end
  end
end

local function search(type, slots, found)
  if #slots == 1 then searchOne(type, slots, found) else searchSeveral(type, slots, found) end
  -- Boosted items may be far down in the order of the index.
  if next(boosts) then
    local ids = {}
    for name in pairs(boosts) do ids[#ids + 1] = name end
    check(ids, type, compiled(slots), found)
  end
end

local function ranked(found)
  local list = {}
  for _, one in pairs(found) do list[#list + 1] = one end
  table.sort(list, function(a, b)
    if a.relevance ~= b.relevance then return a.relevance > b.relevance end
    if a.text ~= b.text then return a.text < b.text end
    return a.id < b.id
  end)
  return list
end
`
