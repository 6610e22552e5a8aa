/** Most scores that are looked for, for each candidate that a search may consider. */
const LOOKUPS = 20
/** Most bytes of the lines of documents that are read for phrases. */
const PHRASE_BYTES = 2 * 2 ** 20

/**
 * Finds which candidates match, and their scores. BM25 is that of Robertson and Zaragoza, "The
 * Probabilistic Relevance Framework: BM25 and Beyond" (2009), with k1 = 1.2 and b = 0.75. Its IDF
 * has 1 added before the logarithm, as in Lucene, so that it is never negative.
 */
export const SCORES_LUA = `
local K1, B = 1.2, 0.75
local average = 1
local lengths, orders = {}, {}
local phraseBytes, lookups = 0, 0
local mostLookups = ${LOOKUPS} * tonumber(ARGV[4])
local evaluate

local function many(command, key, members)
  local all = {}
  for from = 1, #members, 1000 do
    local found = redis.call(command, key, unpack(members, from, math.min(from + 999, #members)))
    if #members <= 1000 then return found end
    for i = 1, #found do all[from + i - 1] = found[i] end
  end
  return all
end

local function readLengths()
  average = math.max(1, tonumber(redis.call('HGET', I, 'length')) / count)
  for i, score in ipairs(many('ZMSCORE', DOCS, ids)) do
    orders[ids[i]] = tonumber(score)
    lengths[ids[i]] = orders[ids[i]] % LENGTHS
  end
end

local function scoresOf(key, among)
  local scores = known[key] or {}
  if whole[key] then return scores end
  local asked = {}
  for _, id in ipairs(among) do
    if scores[id] == nil then asked[#asked + 1] = id end
  end
  for i, score in ipairs(many('ZMSCORE', key, asked)) do scores[asked[i]] = score and tonumber(score) end
  known[key] = scores
  return scores
end

local function idfOf(size) return math.log(1 + (count - size + 0.5) / (size + 0.5)) end

local function bm25(idf, frequency, length)
  return idf * frequency * (K1 + 1) / (frequency + K1 * (1 - B + B * length / average))
end

-- All scores of a key are known; or the candidates are those of several words, and each counts where
-- it weighs most. Otherwise the others are read.
local function scoresOfPart(node, part, among)
  if whole[part.key] or (node.source and #node.keys > 1) then return known[part.key] or {} end
  lookups = lookups + #among
  return scoresOf(part.key, among)
end

-- Words of one node are one word to BM25.
local function evaluateTerms(node, among)
  local found, isAmong = {}, {}
  for _, id in ipairs(among) do isAmong[id] = true end
  for n, part in ipairs(node.keys) do
    if n > 1 and lookups > mostLookups then
      complete = false
      break
    end
    local scores, weight = scoresOfPart(node, part, among), node.weights[part.key]
    for id, score in pairs(scores) do
      if score and isAmong[id] then
        found[id] = (found[id] or 0) + weight * math.floor(score * (lengths[id] + SMOOTHING) + 0.5)
      end
    end
  end
  local idf = idfOf(node.size)
  for id, frequency in pairs(found) do
    found[id] = node.filter and 0 or bm25(idf, frequency, lengths[id])
  end
  return found
end

local function countPhrase(words, lines)
  local starts = {}
  for n, word in ipairs(words) do
    local _, at = string.find(lines, '\\n' .. word[1] .. '\\t', 1, true)
    if not at then return 0 end
    local places = {}
    for position in string.gmatch(string.match(lines, '^%d+\\t([%d,]*)', at + 1), '%d+') do
      local start = position - word[2]
      if n == 1 or starts[start] then places[start] = true end
    end
    starts = places
  end
  local times = 0
  for _ in pairs(starts) do times = times + 1 end
  return times
end

local function evaluatePhrase(node, among)
  for _, part in ipairs(node.keys) do
    local scores, left = scoresOf(part.key, among), {}
    for _, id in ipairs(among) do
      if scores[id] then left[#left + 1] = id end
    end
    among = left
  end
  local found = {}
  for _, id in ipairs(among) do
    if phraseBytes > ${PHRASE_BYTES} then
      complete = false
      break
    end
    local lines = redis.call('HGET', I .. ':entries', id)
    phraseBytes = phraseBytes + #lines
    local times = countPhrase(node.words, lines)
    if times > 0 then
      found[id] = 0
      for _, part in ipairs(node.keys) do found[id] = found[id] + bm25(idfOf(part.size), times, lengths[id]) end
    end
  end
  return found
end

local function evaluateAnd(node, among)
  local found, sums = {}, {}
  for _, part in ipairs(node.parts) do
    local excluded = part.kind == 'not'
    local scores, left = evaluate(excluded and part.part or part, among), {}
    for _, id in ipairs(among) do
      if excluded == (scores[id] == nil) then
        left[#left + 1] = id
        sums[id] = (sums[id] or 0) + (scores[id] or 0)
      end
    end
    among = left
  end
  for _, id in ipairs(among) do found[id] = sums[id] end
  return found
end

function evaluate(node, among)
  if node.kind == 'terms' then return evaluateTerms(node, among) end
  if node.kind == 'phrase' then return evaluatePhrase(node, among) end
  if node.kind == 'and' then return evaluateAnd(node, among) end
  local found = {}
  if node.kind == 'or' then
    for _, part in ipairs(node.parts) do
      for id, score in pairs(evaluate(part, among)) do found[id] = (found[id] or 0) + score end
    end
  else
    local excluded = node.kind == 'not' and evaluate(node.part, among) or {}
    for _, id in ipairs(among) do
      if excluded[id] == nil then found[id] = 0 end
    end
  end
  return found
end
`
