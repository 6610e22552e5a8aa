/** Results that the engine cannot return are copied to values that it returns as Redis does. */
export const RESULTS = String.raw`
-- Integers have 64 bits.
local limit = 2 ^ 63

-- Returns true if the engine encodes a value as Redis does.
local function is_plain(value, depth)
  local kind = type(value)
  if kind == 'table' then
    -- Redis reads tables without their metatables.
    if metatable_of(value) then return false end
    if type(value.err) == 'string' then return true end
    if value.err ~= nil or value.ok ~= nil then return false end
    if depth > 90 or value.map ~= nil or value.set ~= nil or value.double ~= nil
      or value.big_number ~= nil then return false end
    local n = 1
    local item = value[1]
    while item ~= nil do
      local is = type(item)
      if is ~= 'string' and not is_plain(item, depth + 1) then return false end
      n = n + 1
      item = value[n]
    end
    return true
  end
  if kind == 'number' then return value >= -limit and value < limit end
  return kind == 'string' or kind == 'boolean' or kind == 'nil'
end

-- Returns a copy of a value that the engine encodes as Redis does.
local function made_plain(value, depth)
  local kind = type(value)
  if kind == 'number' then
    if value >= -limit and value < limit then return value end
    return -limit
  end
  if kind == 'string' or kind == 'boolean' then return value end
  -- A function has no reply: it is absent.
  if kind ~= 'table' then return {ok = '\0nil'} end
  -- The engine takes numbers for texts, and texts for numbers.
  if type(raw(value, 'err')) == 'string' then return {err = raw(value, 'err')} end
  if type(raw(value, 'ok')) == 'string' then return {ok = raw(value, 'ok')} end
  if type(raw(value, 'double')) == 'number' then return {double = raw(value, 'double')} end
  if type(raw(value, 'big_number')) == 'string' then return {big_number = raw(value, 'big_number')} end
  if type(raw(value, 'verbatim_string')) == 'table' then return {verbatim_string = raw(value, 'verbatim_string')} end
  if depth > 90 then return {err = 'ERR reached lua stack limit'} end
  local copy = {}
  for _, name in pairs({'map', 'set'}) do
    if type(raw(value, name)) == 'table' then
      for key, item in next, raw(value, name) do
        copy[made_plain(key, depth + 1)] = made_plain(item, depth + 1)
      end
      return {[name] = copy}
    end
  end
  local n = 1
  local item = raw(value, 1)
  while item ~= nil do
    copy[n] = made_plain(item, depth + 1)
    n = n + 1
    item = raw(value, n)
  end
  return copy
end
`
