import { scriptText } from '../../../redis/script-text.ts'
import { DOCUMENT_LUA } from './document-lua.ts'
import { SCORES_LUA } from './scores-lua.ts'

/** Number of words to which the beginning of a word is extended. */
const PREFIX_WORDS = 100

/**
 * Reads what a query names: its keys, and how many documents each has. Nodes are those of
 * {@link SearchNode}.
 */
export const PREPARE_LUA = `
local I, DOCS = KEYS[1], KEYS[1] .. ':docs'
local count = redis.call('ZCARD', DOCS)
local complete = true
local prepare

local function addKey(node, token, weight)
  local key = I .. ':' .. token
  if node.weights[key] then return end
  local size = redis.call('ZCARD', key)
  if size == 0 then return end
  node.weights[key] = weight
  node.keys[#node.keys + 1] = { key = key, size = size }
  node.size = math.min(count, node.size + size)
end

local function bySize(one, other) return one.size < other.size end

local function prepareTerms(node)
  node.keys, node.weights, node.size = {}, {}, 0
  for _, token in ipairs(node.tokens) do addKey(node, token[1], token[2]) end
  if node.prefix then
    local range = { '[' .. node.prefix, '(' .. node.prefix .. '\\255', 'LIMIT', 0, ${PREFIX_WORDS + 1} }
    local members = redis.call('ZRANGEBYLEX', I .. ':words', unpack(range))
    if #members > ${PREFIX_WORDS} then complete = false end
    for i = 1, math.min(#members, ${PREFIX_WORDS}) do
      addKey(node, 'w:' .. string.match(members[i], '\\t(.*)$'), 0.5)
    end
  end
  table.sort(node.keys, bySize)
end

local function preparePhrase(node)
  node.keys, node.size = {}, count
  for _, word in ipairs(node.words) do
    local key = I .. ':' .. word[1]
    local size = redis.call('ZCARD', key)
    node.keys[#node.keys + 1] = { key = key, size = size }
    node.size = math.min(node.size, size)
  end
  table.sort(node.keys, bySize)
end

function prepare(node)
  if node.kind == 'terms' then prepareTerms(node)
  elseif node.kind == 'phrase' then preparePhrase(node)
  elseif node.kind == 'all' then node.size = count
  elseif node.kind == 'not' then
    prepare(node.part)
    node.size = count
  else
    node.size = node.kind == 'and' and count or 0
    for _, part in ipairs(node.parts) do
      prepare(part)
      if node.kind == 'or' then node.size = math.min(count, node.size + part.size)
      elseif part.kind ~= 'not' then node.size = math.min(node.size, part.size) end
    end
    -- The rarest first; what is excluded last.
    table.sort(node.parts, function(one, other)
      if (one.kind == 'not') ~= (other.kind == 'not') then return other.kind == 'not' end
      return one.size < other.size
    end)
  end
end
`

/**
 * Collects the candidates: the best documents of the rarest part of each AND, and of all parts of
 * each OR, which share the limit.
 */
export const CANDIDATES_LUA = `
local ids, seen = {}, {}
-- By key: the scores that were read, and true if these are all that it has.
local known, whole = {}, {}

local function add(id)
  if seen[id] then return end
  seen[id] = true
  ids[#ids + 1] = id
end

local function addBest(key, size, most)
  local found = redis.call('ZREVRANGE', key, 0, most - 1, 'WITHSCORES')
  local scores = known[key] or {}
  for i = 1, #found, 2 do
    scores[found[i]] = tonumber(found[i + 1])
    add(found[i])
  end
  known[key], whole[key] = scores, size <= most
  if size > most then complete = false end
end

local function addAll(most)
  for _, id in ipairs(redis.call('ZRANGE', DOCS, 0, most - 1)) do add(id) end
  if count > most then complete = false end
end

-- The parts are sorted by size, so that what a small one leaves over goes to larger ones.
local function shareOut(parts, most, fn)
  for i, part in ipairs(parts) do
    local own = math.max(1, math.floor(most / (#parts - i + 1)))
    fn(part, own)
    most = most - math.min(own, part.size)
  end
end

local function collect(node, most)
  if node.size == 0 then return end
  if node.kind == 'terms' then
    node.source = true
    shareOut(node.keys, most, function(part, own) addBest(part.key, part.size, own) end)
  elseif node.kind == 'phrase' then addBest(node.keys[1].key, node.keys[1].size, most)
  elseif node.kind == 'or' then shareOut(node.parts, most, collect)
  elseif node.kind == 'and' and node.parts[1].kind ~= 'not' then collect(node.parts[1], most)
  else addAll(most) end
end
`

/**
 * Searches. KEYS: the index. ARGV: query as JSON ({@link SearchNode}), number of hits, number of
 * hits before them, most candidates, then names of facets. Returns the number of documents found, 1
 * if all documents were considered, id, score and data of the hits in turn, and for each facet its
 * values and their counts in turn.
 */
export const SEARCH = scriptText(`${DOCUMENT_LUA}${PREPARE_LUA}${CANDIDATES_LUA}${SCORES_LUA}
local query = cjson.decode(ARGV[1])
local limit, offset, most = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
if count > 0 then
  prepare(query)
  collect(query, most)
end
local scores, matches = {}, {}
if #ids > 0 then
  readLengths()
  scores = evaluate(query, ids)
end
for _, id in ipairs(ids) do
  if scores[id] then matches[#matches + 1] = id end
end

local facets = {}
for f = 5, #ARGV do
  local counts, order = {}, {}
  for _, joined in ipairs(many('HMGET', I .. ':facet:' .. ARGV[f], matches)) do
    for value in string.gmatch(joined or '', '[^,]+') do
      if not counts[value] then order[#order + 1] = value end
      counts[value] = (counts[value] or 0) + 1
    end
  end
  local flat = {}
  for _, value in ipairs(order) do
    flat[#flat + 1] = value
    flat[#flat + 1] = counts[value]
  end
  facets[f - 4] = flat
end

-- Of equal ones the one that was added first.
local function before(one, other)
  if scores[one] ~= scores[other] then return scores[one] > scores[other] end
  return orders[one] < orders[other]
end

-- Sorts only the first ones, where these are few.
local function best(wanted)
  if wanted == 0 then return {} end
  if wanted * 4 > #matches then
    table.sort(matches, before)
    return matches
  end
  local top = {}
  for _, id in ipairs(matches) do
    local at = math.min(#top + 1, wanted)
    if #top < wanted or before(id, top[at]) then
      while at > 1 and before(id, top[at - 1]) do
        top[at] = top[at - 1]
        at = at - 1
      end
      top[at] = id
    end
  end
  return top
end

local hits, page = {}, {}
local top = best(offset + limit)
for i = offset + 1, math.min(offset + limit, #top) do page[#page + 1] = top[i] end
local data = many('HMGET', I .. ':data', page)
for i, id in ipairs(page) do
  hits[#hits + 1] = id
  hits[#hits + 1] = string.format('%.17g', scores[id])
  hits[#hits + 1] = data[i]
end
return { #matches, complete and 1 or 0, hits, facets }
`)
