import { scriptText } from '../../../redis/script-text.ts'
import { MATCH_LUA } from './match-lua.ts'
import { PRELUDE } from './prelude.ts'
import { SOURCES_LUA } from './sources-lua.ts'
import { TEXT_LUA } from './text-lua.ts'

/** Number of records that a query may collect and sort at once. A larger one walks an index. */
const MAX_COLLECTED = 1_000
/** Number of entries of an index that one step looks at. */
const MAX_EXAMINED = 5_000
/** Number of records with full-text indexes that one step deletes. */
const SEARCHED_AT_ONCE = 100
/** Most entries that are read by one command. */
const PAGE = 200

/**
 * One step of a query. ARGV after the facts of the model: the query as JSON ({@link QueryStep});
 * score and member of the entry at which the step before ended, or two empty strings; values of
 * the expression.
 *
 * Few candidates, and those of a search, are collected, sorted, and answered by one step. Of many,
 * an index is walked in the order that was asked for, or the order of creation: records that stay
 * as they are during all steps come once. An entry counts only if its record still has the number
 * of the entry.
 *
 * Returns -1 if a search that may find more is negated; or 1 if there is more, the number of
 * records, `leaf` and `skip` of the next step, score and member, and the records, each with its id
 * before its hash.
 */
export const QUERY = scriptText(`${PRELUDE}${TEXT_LUA}${MATCH_LUA}${SOURCES_LUA}
forgetExpired()
local Q = cjson.decode(ARGV[2])
local where, order = Q.where, Q.order
local counts, deletes = Q.mode == 'count', Q.mode == 'delete'
local skip, limit, batch = Q.skip, Q.limit, math.min(Q.limit, Q.batch)
local found, fieldsOf = {}, {}
local number = 0
-- Searches that may not have found all.
local partial, isPartial = {}, false
for i, search in ipairs(Q.searches) do
  local scores, complete = {}, true
  if search.q then scores, complete = searchText(textKey(search.f), search.q) end
  SCORES[i], partial[i] = scores, not complete
  isPartial = isPartial or not complete
end
-- To remove the words of a record takes long.
if deletes and #SPEC.t > 0 then batch = math.min(batch, ${SEARCHED_AT_ONCE}) end

-- Returns true if records would meet the expression that a search only did not come to.
local function negatesPartial(node, negated)
  if node.s then return negated and partial[node.s] end
  for _, part in ipairs(node.p or {}) do
    if negatesPartial(part, negated ~= (node.o == 'not')) then return true end
  end
  return false
end
if isPartial and negatesPartial(where, false) then return { -1 } end

local function readMatch(id, tag)
  local fields = readFields(id, Q.fields)
  if not fields[':n'] or (tag and tagOf(fields[':n'], id) ~= tag) then return nil end
  if where and not matches(where, fields) then return nil end
  return fields
end

local function answer(more, leaf, score, member)
  local reply = { more and 1 or 0, number, leaf or 0, skip, score or '', member or '' }
  if deletes then
    for _, id in ipairs(found) do removeRecord(id) end
  elseif not counts then
    for _, id in ipairs(found) do
      reply[#reply + 1] = id
      reply[#reply + 1] = redis.call('HGETALL', recordKey(id))
    end
  end
  return reply
end

-- Records that expired, and are not removed yet.
local function expiredNow()
  return redis.call('ZCOUNT', EXPIRING, '-inf', '(' .. serverTime())
end

local function collect(source)
  local seen, full = {}, false
  local function consider(id, tag)
    if seen[id] then return end
    full = deletes and #found >= batch
    if full then return end
    local fields = readMatch(id, tag)
    if not fields then return end
    seen[id] = true
    found[#found + 1] = id
    fieldsOf[id] = fields
  end
  for _, part in ipairs(source.parts) do
    if part.ids then
      for _, id in ipairs(part.ids) do consider(id) end
    elseif part.size > 0 then
      for _, member in ipairs(redis.call('ZRANGE', part.key, part.from, part.to - 1)) do
        local tag = tagIn(part.kind, member)
        consider(idIn(tag), tag)
      end
    end
  end
  if counts or deletes then
    number = #found
    -- What a search found is gone then, so that it finds others.
    return answer(full or (deletes and isPartial and number > 0), -1)
  end
  local ranks = {}
  if not order and #SCORES > 0 then
    for _, id in ipairs(found) do
      ranks[id] = 0
      for _, scores in ipairs(SCORES) do ranks[id] = ranks[id] + (scores[id] or 0) end
    end
  end
  local function earlier(one, other)
    if ranks[one] ~= ranks[other] then return ranks[one] > ranks[other] end
    local a, b = fieldsOf[one], fieldsOf[other]
    -- A field that is absent is as null.
    local x, y = order and a[order.f] or false, order and b[order.f] or false
    if x ~= y then
      if not x or not y then return not x end
      if less(order.k, x, y) then return true end
      if less(order.k, y, x) then return false end
    end
    return tonumber(a[':n']) < tonumber(b[':n'])
  end
  table.sort(found, function(one, other)
    if order and order.d then return earlier(other, one) end
    return earlier(one, other)
  end)
  local page = {}
  for i = skip + 1, math.min(#found, skip + limit, skip + ${MAX_COLLECTED}) do page[#page + 1] = found[i] end
  local more = skip + #page < #found and #page < limit
  found, number, skip = page, #page, skip + #page
  return answer(more, -1)
end

-- Rank of the first entry behind a place in an index.
local function rankBehind(key, score, member)
  local rank = redis.call('ZRANK', key, member)
  if rank and tonumber(redis.call('ZSCORE', key, member)) == tonumber(score) then return rank + 1 end
  local low, high = 0, redis.call('ZCARD', key)
  while low < high do
    local middle = math.floor((low + high) / 2)
    local entry = redis.call('ZRANGE', key, middle, middle, 'WITHSCORES')
    local at = tonumber(entry[2])
    if at < tonumber(score) or (at == tonumber(score) and not before(member, entry[1])) then low = middle + 1
    else high = middle end
  end
  return low
end

local function walkedRange()
  if order then
    local key = indexKey(order.f)
    local range = where and requiredRange(where, function(node) return node.f == order.f end)
    local all = redis.call('ZCARD', key)
    return range or { key = key, kind = order.k, from = 0, to = all, size = all }
  end
  local range
  if where and Q.leaf ~= 0 then
    range = requiredRange(where, function(node)
      if Q.leaf then return node.n == Q.leaf end
      return node.o == 'eq' or node.o == 'null' or counts or deletes
    end)
  end
  local all = redis.call('ZCARD', ALL)
  return range or { key = ALL, kind = 'n', from = 0, to = all, size = all, leaf = 0 }
end

local function walk()
  local range, descending = walkedRange(), order and order.d
  local from, to = range.from, range.to
  if ARGV[3] ~= '' then
    local rank = rankBehind(range.key, ARGV[3], ARGV[4])
    if not descending then from = math.max(from, rank)
    -- The entry itself is before its rank, if it is still there.
    else to = math.min(to, redis.call('ZRANK', range.key, ARGV[4]) == rank - 1 and rank - 1 or rank) end
  elseif not where and not counts and skip > 0 and redis.call('EXISTS', EXPIRING) == 0 then
    local jump = math.min(skip, to - from)
    if descending then to = to - jump else from = from + jump end
    skip = skip - jump
  end
  -- A page of a few records reads a few entries.
  local page = counts and ${PAGE} or math.min(${PAGE}, batch + skip + 10)
  local examined = 0
  local score, member
  while from < to do
    local first, last = from, math.min(from + page, to) - 1
    if descending then first, last = math.max(to - page, from), to - 1 end
    local entries = redis.call('ZRANGE', range.key, first, last, 'WITHSCORES')
    if #entries == 0 then break end
    for n = 1, #entries / 2 do
      local i = descending and #entries - 2 * n + 1 or 2 * n - 1
      member, score = entries[i], entries[i + 1]
      if descending then to = to - 1 else from = from + 1 end
      examined = examined + 1
      local tag = tagIn(range.kind, member)
      local id = idIn(tag)
      if readMatch(id, tag) then
        if skip > 0 then skip = skip - 1
        else
          number = number + 1
          if not counts then found[#found + 1] = id end
        end
      end
      local full = not counts and number >= batch
      if full or examined >= ${MAX_EXAMINED} then return answer(from < to, range.leaf, score, member) end
    end
  end
  return answer(false)
end

if counts and not where then
  number = redis.call('ZCARD', ALL) - expiredNow()
  return answer(false)
end
local source = where and sourceOf(where)
if counts and where.p == nil and not where.id and not where.s and expiredNow() == 0 then
  number = source.size
  return answer(false)
end
-- A range in the order that is wanted is walked: a page reads only its part of it.
local range = source and #source.parts == 1 and source.parts[1]
local sorted = range and not range.ids and not range.listed and not counts and not deletes
if sorted and order then sorted = range.key == indexKey(order.f) elseif sorted then sorted = range.created end
if source and not sorted and (source.bounded or source.size <= ${MAX_COLLECTED}) and ARGV[3] == '' then
  return collect(source)
end
return walk()
`)
