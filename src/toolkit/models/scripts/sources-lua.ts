/**
 * Finds parts of indexes that have all records of an expression. A part is a range of ranks of an
 * index, or ids.
 */
export const SOURCES_LUA = `
local function opposite(bound)
  return string.sub(bound, 1, 1) == '(' and string.sub(bound, 2) or '(' .. bound
end

local function scoreRange(key, low, high)
  local count = redis.call('ZCOUNT', key, low, high)
  local above = redis.call('ZCOUNT', key, opposite(high), '+inf')
  local to = redis.call('ZCARD', key) - above
  return { key = key, kind = 'n', from = to - count, to = to, size = count }
end

-- Both bounds are without their brackets: the low one is included, the high one is not.
local function lexRange(key, low, high)
  local count = redis.call('ZLEXCOUNT', key, '[' .. low, '(' .. high)
  local to = redis.call('ZCARD', key) - redis.call('ZLEXCOUNT', key, '[' .. high, '+')
  return { key = key, kind = 'b', from = to - count, to = to, size = count }
end

local function numberRange(key, op, a, b)
  if op == 'eq' then return scoreRange(key, a, a) end
  if op == 'null' then return scoreRange(key, '-inf', '-inf') end
  if op == 'lt' then return scoreRange(key, '(-inf', '(' .. a) end
  if op == 'lte' then return scoreRange(key, '(-inf', a) end
  if op == 'gt' then return scoreRange(key, '(' .. a, '+inf') end
  if op == 'gte' then return scoreRange(key, a, '+inf') end
  return scoreRange(key, a, b)
end

local function bytesRange(key, op, a, b)
  if op == 'null' then return lexRange(key, '0', '1') end
  local begin = '1' .. escaped(a)
  local first, after = begin .. '\\0\\0', begin .. '\\0\\1'
  if op == 'eq' then return lexRange(key, first, after) end
  if op == 'lt' then return lexRange(key, '1', first) end
  if op == 'lte' then return lexRange(key, '1', after) end
  if op == 'gt' then return lexRange(key, after, '2') end
  if op == 'gte' then return lexRange(key, first, '2') end
  if op == 'begins' then return lexRange(key, begin, begin .. '\\255') end
  return lexRange(key, first, '1' .. escaped(b) .. '\\0\\1')
end

local function rangeOf(node, op, a, b)
  local range = (node.k == 'n' and numberRange or bytesRange)(indexKey(node.f), op, a, b)
  -- The records of one value are in the order of their creation.
  range.leaf, range.created = node.n, op == 'eq' or op == 'null'
  if range.size < 0 then range.size = 0 end
  return range
end

local function arguments(node)
  local args = {}
  for i, at in ipairs(node.v) do args[i] = ARGV[at] end
  return args
end

local function searchSource(scores)
  local ids = {}
  for id in pairs(scores) do ids[#ids + 1] = id end
  return { parts = { { ids = ids, size = #ids } }, size = #ids, bounded = true }
end

local function leafSource(node)
  if node.s then return searchSource(SCORES[node.s]) end
  local args = arguments(node)
  if node.id then return { parts = { { ids = args, size = #args } }, size = #args, bounded = true } end
  if node.o ~= 'in' then
    local range = rangeOf(node, node.o, args[1], args[2])
    return { parts = { range }, size = range.size }
  end
  local source = { parts = {}, size = 0 }
  for i, value in ipairs(args) do
    source.parts[i] = rangeOf(node, 'eq', value)
    source.parts[i].listed = true
    source.size = source.size + source.parts[i].size
  end
  return source
end

local function sourceOf(node)
  if node.p == nil then return leafSource(node) end
  if node.o == 'not' then return nil end
  local found
  for _, part in ipairs(node.p) do
    local source = sourceOf(part)
    if node.o == 'and' then
      if source and (not found or source.size < found.size) then found = source end
    elseif not source then return nil
    elseif not found then found = source
    else
      for _, one in ipairs(source.parts) do found.parts[#found.parts + 1] = one end
      found.size, found.bounded = found.size + source.size, found.bounded and source.bounded
    end
  end
  return found
end

-- The smallest range of a leaf that every record of the expression is in.
local function requiredRange(node, accepts)
  if node.o == 'and' then
    local smallest
    for _, part in ipairs(node.p) do
      local range = requiredRange(part, accepts)
      if range and (not smallest or range.size < smallest.size) then smallest = range end
    end
    return smallest
  elseif node.p == nil and not node.s and node.o ~= 'in' and not node.id and accepts(node) then
    local args = arguments(node)
    return rangeOf(node, node.o, args[1], args[2])
  end
end
`
