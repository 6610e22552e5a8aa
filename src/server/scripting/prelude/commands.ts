/** `redis.call()` and `redis.pcall()`: numbers as arguments have 17 digits, errors are tables. */
export const COMMANDS = String.raw`
-- RESP3 has an absent value, which is nil; the host marks it.
local function with_nil(value)
  if type(value) ~= 'table' then return value end
  if value.ok == '\0nil' then return nil end
  for key, item in pairs(value) do
    if type(item) == 'table' then value[key] = with_nil(item) end
  end
  return value
end

-- The error of a name that is not there, for the function at a level.
local function absent(name, level)
  raise("Script attempted to access nonexistent global variable '" .. tostring(name) .. "'", level + 1)
end

local function received(reply)
  if version == 2 then return reply end
  return with_nil(reply)
end

local function send_any(...)
  local count, args, changed = select('#', ...), {...}, false
  if count == 0 then return {err = 'ERR Please specify at least one argument for this redis lib call'} end
  for n = 1, count do
    local arg = args[n]
    local kind = type(arg)
    if kind == 'number' then
      if not (arg > -1e14 and arg < 1e14 and arg == floor(arg)) then
        args[n] = format('%.17g', arg)
        changed = true
      end
    elseif kind ~= 'string' then
      return {err = 'ERR Lua redis lib command arguments must be strings or integers'}
    end
  end
  if changed then return received(command(unpack(args, 1, count))) end
  return received(command(...))
end

-- Few arguments, all of them texts, are sent without a table of them.
local function send(...)
  if registering then absent('pcall', 2) end
  local count = select('#', ...)
  local a, b, c, d, e = ...
  if count > 0 and count < 6 and type(a) == 'string' and (count < 2 or type(b) == 'string')
    and (count < 3 or type(c) == 'string') and (count < 4 or type(d) == 'string')
    and (count < 5 or type(e) == 'string') then
    return received(command(...))
  end
  return send_any(...)
end

redis.pcall = send
redis.call = function(...)
  if registering then absent('call', 2) end
  local reply = send(...)
  if type(reply) == 'table' and reply.err then
    local source, line = place(2)
    reply.source, reply.line = source or '', line or ''
    raise(reply)
  end
  return reply
end
`
