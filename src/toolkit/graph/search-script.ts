import { scriptText } from '../../redis/script-text.ts'

/**
 * Joins conditions. KEYS: the sorted set. ARGV: most steps, most rows, number of variables, then
 * for each condition its three parts: `=` and an encoded value, or `?` and the number of a
 * variable. Returns the rows, each the encoded values of all variables; or how far it came, as a
 * number, if that was too much.
 *
 * The condition with the fewest triples comes first; then, of those that share a variable with what
 * is known, that with the fewest unknown parts. A step is a triple that is read, or looked for.
 */
export const SEARCH_GRAPH = scriptText(`
local KEY = KEYS[1]
local mostSteps, mostRows, width = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local ORDERS = { s = { 1, 2, 3 }, p = { 2, 3, 1 }, o = { 3, 1, 2 } }
local steps = 0

-- The range of triples with the given parts, and the order in which their parts are stored.
local function rangeOf(parts)
  local given = (parts[1] and 1 or 0) + (parts[2] and 1 or 0) + (parts[3] and 1 or 0)
  for name, order in pairs(ORDERS) do
    local prefix, length = name, 0
    for _, part in ipairs(order) do
      if not parts[part] then break end
      prefix = prefix .. parts[part] .. '\\0'
      length = length + 1
    end
    if length == given then return prefix, order end
  end
end

local conditions = {}
for at = 4, #ARGV, 3 do
  local condition = { values = {}, variables = {} }
  for part = 1, 3 do
    local text = ARGV[at + part - 1]
    if string.sub(text, 1, 1) == '=' then condition.values[part] = string.sub(text, 2)
    else condition.variables[part] = tonumber(string.sub(text, 2)) end
  end
  local prefix = rangeOf(condition.values)
  condition.size = redis.call('ZLEXCOUNT', KEY, '[' .. prefix, '(' .. prefix .. '\\255')
  conditions[#conditions + 1] = condition
end

local known = {}

-- Lower is sooner: unknown parts first, where something is known; then the number of triples.
local function before(one, other)
  if not other then return true end
  local unknown, shared = {}, {}
  for n, condition in ipairs({ one, other }) do
    unknown[n], shared[n] = 0, next(known) == nil or next(condition.variables) == nil
    for _, variable in pairs(condition.variables) do
      if known[variable] then shared[n] = true else unknown[n] = unknown[n] + 1 end
    end
  end
  if shared[1] ~= shared[2] then return shared[1] end
  if next(known) ~= nil and unknown[1] ~= unknown[2] then return unknown[1] < unknown[2] end
  return one.size < other.size
end

local function takeNext()
  local best
  for n, condition in ipairs(conditions) do
    if before(condition, conditions[best]) then best = n end
  end
  return table.remove(conditions, best)
end

-- Triples by the begin of their members: many rows may ask for the same.
local read = {}

local function triplesOf(parts)
  local prefix, order = rangeOf(parts)
  if read[prefix] then return read[prefix] end
  local left = mostSteps - steps + 1
  local members = redis.call('ZRANGEBYLEX', KEY, '[' .. prefix, '(' .. prefix .. '\\255', 'LIMIT', 0, left)
  local triples = {}
  for n, member in ipairs(members) do
    local triple, at = {}, 0
    for value in string.gmatch(string.sub(member, 2), '([^%z]*)%z') do
      at = at + 1
      triple[order[at]] = value
    end
    triples[n] = triple
  end
  steps = steps + #triples
  read[prefix] = triples
  return triples
end

local rows = { {} }
while #conditions > 0 and #rows > 0 do
  local condition = takeNext()
  local joined = {}
  for _, row in ipairs(rows) do
    local parts = {}
    for part = 1, 3 do parts[part] = condition.values[part] or row[condition.variables[part]] end
    steps = steps + 1
    if steps > mostSteps then return steps end
    for _, triple in ipairs(triplesOf(parts)) do
      local extended, same = {}, true
      for variable, value in pairs(row) do extended[variable] = value end
      for part, variable in pairs(condition.variables) do
        if extended[variable] == nil then extended[variable] = triple[part]
        elseif extended[variable] ~= triple[part] then same = false end
      end
      if same then joined[#joined + 1] = extended end
    end
    if steps > mostSteps or #joined > mostRows then return steps end
  end
  for _, variable in pairs(condition.variables) do known[variable] = true end
  rows = joined
end

local flat = {}
for n, row in ipairs(rows) do
  flat[n] = {}
  for variable = 1, width do flat[n][variable] = row[variable] end
end
return flat
`)
