/** Compares stored values. Lua's own comparison of strings depends on the locale of the server. */
export const MATCH_LUA = `
local function before(one, other)
  if one == other then return false end
  local most = math.min(#one, #other)
  for i = 1, most do
    local a, b = string.byte(one, i), string.byte(other, i)
    if a ~= b then return a < b end
  end
  return #one < #other
end

local function less(kind, one, other)
  if kind == 'n' then return tonumber(one) < tonumber(other) end
  return before(one, other)
end

local function comparable(kind, value) return kind == 'n' and tonumber(value) or value end

-- By expression: the values that it names, as a set. There may be thousands, for each of as many
-- records.
local VALUES = {}
local function isOneOf(node, value)
  local values = VALUES[node]
  if not values then
    values = {}
    for _, arg in ipairs(node.v) do values[comparable(node.k, ARGV[arg])] = true end
    VALUES[node] = values
  end
  return values[comparable(node.k, value)] == true
end

-- Ids with their scores, for each search of the expression.
local SCORES = {}

local matches
local function matchesField(node, value)
  local op, kind, args = node.o, node.k, node.v
  if op == 'null' then return value == false end
  if not value then return false end
  if op == 'eq' or op == 'in' then return isOneOf(node, value) end
  local first = ARGV[args[1]]
  if op == 'lt' then return less(kind, value, first) end
  if op == 'lte' then return not less(kind, first, value) end
  if op == 'gt' then return less(kind, first, value) end
  if op == 'gte' then return not less(kind, value, first) end
  if op == 'between' then return not less(kind, value, first) and not less(kind, ARGV[args[2]], value) end
  return string.sub(value, 1, #first) == first
end

function matches(node, fields)
  if node.s then return SCORES[node.s][fields[':id']] ~= nil end
  if node.p == nil then return matchesField(node, fields[node.f]) end
  if node.o == 'not' then return not matches(node.p[1], fields) end
  local all = node.o == 'and'
  for _, part in ipairs(node.p) do
    if matches(part, fields) ~= all then return not all end
  end
  return all
end
`
