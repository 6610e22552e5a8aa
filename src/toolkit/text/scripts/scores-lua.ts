/** Most bytes of the lines of documents that are read for phrases. */
const PHRASE_BYTES = 8 * 2 ** 20

/**
 * Finds which candidates match, and their scores. BM25 is that of Robertson and Zaragoza, "The
 * Probabilistic Relevance Framework: BM25 and Beyond" (2009), with k1 = 1.2 and b = 0.75. Its IDF
 * has 1 added before the logarithm, as in Lucene, so that it is never negative.
 */
export const SCORES_LUA = `
local K1, B = 1.2, 0.75
local average = 1
local lengths, orders = {}, {}
local phraseBytes = 0
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

local function bm25(frequency, length, size)
  local idf = math.log(1 + (count - size + 0.5) / (size + 0.5))
  return idf * frequency * (K1 + 1) / (frequency + K1 * (1 - B + B * length / average))
end

-- Words of one node are one word to BM25.
local function evaluateTerms(node, among)
  local found = {}
  for _, part in ipairs(node.keys) do
    local scores, weight = scoresOf(part.key, among), node.weights[part.key]
    for _, id in ipairs(among) do
      local score = scores[id]
      if score then
        found[id] = (found[id] or 0) + weight * math.floor(score * (lengths[id] + SMOOTHING) + 0.5)
      end
    end
  end
  for id, frequency in pairs(found) do
    found[id] = node.filter and 0 or bm25(frequency, lengths[id], node.size)
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
      for _, part in ipairs(node.keys) do found[id] = found[id] + bm25(times, lengths[id], part.size) end
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
