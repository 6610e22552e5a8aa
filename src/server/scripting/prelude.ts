/**
 * Lua that runs once, before the engine locks its globals. It adds what Redis has and the engine
 * lacks, and replaces what the engine does otherwise:
 *
 * - numbers as arguments of commands have 17 digits;
 * - errors are tables, and keep their texts and their places;
 * - the end of a script that ran too long cannot be caught;
 * - values that the engine cannot return are returned as Redis does;
 * - scripts are compiled once.
 *
 * `__run` and `__compile` are for the engine. `control` and `command` are the two ways to the host.
 */
export const PRELUDE = String.raw`
local control, command, mark = redis.call, redis.pcall, redis.setresp
local load_text, sha1 = loadstring, redis.sha1hex
local raise, try, try_with = error, pcall, xpcall
local type, tostring, tonumber, select, unpack, pairs = type, tostring, tonumber, select, unpack, pairs
local find, gsub, sub, format = string.find, string.gsub, string.sub, string.format
local floor, huge = math.floor, math.huge
local compiled, version = {}, 2

-- Returns source and line of a function that is running: 1 is the caller of place().
local function place(level)
  local _, text = try(raise, '', level + 2)
  local _, _, source, line = find(text, '^(.*):(%d+): $')
  if source == 'prelude' then return nil end
  if source then
    local _, _, text = find(source, '^%[string "(.*)"%]$')
    source = text or '@' .. source
  end
  return source, line
end

-- An error of a function of the API, called by the function at a level.
local function fail(text, level)
  local source, line = place(level + 1)
  raise({err = 'ERR ' .. text, source = source or '', line = line or ''})
end

local function worded(err)
  if type(err) == 'string' and find(err, '__RLUA_E__:global-read:', 1, true) then
    return (gsub(err, '__RLUA_E__:global%-read:(.*)$',
      "Script attempted to access nonexistent global variable '%1'"))
  end
  -- Arguments are texts here: there was no memory to send them.
  if err == '__RLUA_E__:command-arg-type' then return 'not enough memory' end
  return err
end

local function is_end(err)
  if type(err) == 'table' then err = err.err end
  return type(err) == 'string' and find(err, 'Script killed by fuel limit', 1, true)
end

-- After try(): errors are texts, as before Redis 7.
local function caught(ok, err, ...)
  if ok then return true, err, ... end
  if is_end(err) then raise(err, 0) end
  if type(err) == 'table' and type(err.err) == 'string' then err = err.err end
  return false, worded(err), ...
end

local function uncaught_end(ok, err, ...)
  if not ok and is_end(err) then raise(err, 0) end
  return ok, err, ...
end

pcall = function(...)
  if select('#', ...) == 0 then return false, 'attempt to call a boolean value' end
  return caught(try(...))
end
xpcall = function(fn, handler)
  return uncaught_end(try_with(fn, function(err)
    if is_end(err) then return err end
    return handler(err)
  end))
end
local resume = coroutine.resume
coroutine.resume = function(...) return uncaught_end(resume(...)) end

-- RESP3 has an absent value, which is nil; the host marks it.
local function with_nil(value)
  if type(value) ~= 'table' then return value end
  if value.ok == '\0nil' then return nil end
  for key, item in pairs(value) do
    if type(item) == 'table' then value[key] = with_nil(item) end
  end
  return value
end

local function received(reply)
  if version == 2 then return reply end
  return with_nil(reply)
end

local function send(...)
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

redis.pcall = send
redis.call = function(...)
  local reply = send(...)
  if type(reply) == 'table' and reply.err then
    local source, line = place(2)
    reply.source, reply.line = source or '', line or ''
    raise(reply)
  end
  return reply
end

redis.sha1hex = function(...)
  if select('#', ...) ~= 1 then fail('wrong number of arguments', 2) end
  return sha1(...)
end

local function one_text(...)
  return select('#', ...) == 1 and type((...)) == 'string'
end

redis.error_reply = function(...)
  if not one_text(...) then return {err = 'ERR wrong number or type of arguments'} end
  local text = gsub((...), '^%-', '')
  local _, _, code, message = find(text, '^([^ ]*) (.*)$')
  if not code then code, message = 'ERR', text end
  message = gsub(gsub(message, '^[\r\n]+', ''), '[\r\n]+$', '')
  return {err = code .. ' ' .. message}
end

redis.status_reply = function(...)
  if not one_text(...) then return {err = 'ERR wrong number or type of arguments'} end
  return {ok = (...)}
end

redis.setresp = function(...)
  if select('#', ...) ~= 1 then fail('redis.setresp() requires one argument.', 2) end
  local wanted = tonumber((...))
  if wanted ~= 2 and wanted ~= 3 then fail('RESP version must be 2 or 3.', 2) end
  version = wanted
  control('resp', wanted)
end

redis.log = function(...)
  local level = ...
  if select('#', ...) < 2 then fail('redis.log() requires two arguments or more.', 2) end
  level = tonumber(level)
  if not level then fail('First argument must be a number (log level).', 2) end
  if level < 0 or level > 3 then fail('Invalid debug level.', 2) end
end

redis.set_repl = function(...)
  if select('#', ...) ~= 1 then fail('redis.set_repl() requires two arguments.', 2) end
  local flags = tonumber((...)) or 0
  if flags < 0 or flags > 3 then
    fail('Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.', 2)
  end
end

redis.acl_check_cmd = function(...)
  if select('#', ...) == 0 then
    fail('Please specify at least one argument for this redis lib call', 2)
  end
  if control('exists', ...) ~= 1 then fail('Invalid command passed to redis.acl_check_cmd()', 2) end
  return true
end

redis.replicate_commands = function() return true end
redis.breakpoint = function() return false end
redis.debug = function() end
redis.REPL_NONE, redis.REPL_AOF, redis.REPL_SLAVE, redis.REPL_REPLICA, redis.REPL_ALL = 0, 1, 2, 2, 3
redis.REDIS_VERSION, redis.REDIS_VERSION_NUM = '7.0.15', 0x0007000f

-- The generator of Redis: lrand48 of POSIX, in two halves of 24 bits.
local high, low = 0x1234, 0xabcd330e % 0x1000000
high = (0x1234 * 0x100000000 + 0xabcd330e - low) / 0x1000000
local function draw()
  local product = low * 0xece66d + 0xb
  local carry = floor(product / 0x1000000)
  high = (high * 0xece66d + low * 0x5de + carry) % 0x1000000
  low = product - carry * 0x1000000
  return floor((high * 0x1000000 + low) / 0x20000) % 0x7fffffff / 0x7fffffff
end

-- An error as functions of C raise it, called by a function of math.
local function refuse(text)
  local source, line = place(3)
  fail('user_script:' .. (line or 1) .. ': ' .. text, 3)
end

local function integer(name, n, ...)
  local value = select(n, ...)
  local number = tonumber(value)
  if number then return number < 0 and -floor(-number) or floor(number) end
  local got = n > select('#', ...) and 'no value' or type(value)
  refuse("bad argument #" .. n .. " to '" .. name .. "' (number expected, got " .. got .. ")")
end

math.random = function(...)
  local count = select('#', ...)
  if count == 0 then return draw() end
  if count > 2 then refuse('wrong number of arguments') end
  local first, last = 1, integer('random', count, ...)
  if count == 2 then first = integer('random', 1, ...) end
  if last < first then refuse("bad argument #" .. count .. " to 'random' (interval is empty)") end
  return floor(draw() * (last - first + 1)) + first
end

math.randomseed = function(...)
  local seed = integer('randomseed', 1, ...) % 0x100000000
  low = (seed % 0x100) * 0x10000 + 0x330e
  high = floor(seed / 0x100)
end

-- Integers have 64 bits.
local limit = 2 ^ 63

-- Returns true if the engine encodes a value as Redis does.
local function is_plain(value, depth)
  local kind = type(value)
  if kind == 'table' then
    if value.err ~= nil or value.ok ~= nil then return true end
    if depth > 90 or value.map ~= nil or value.set ~= nil then return false end
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
  if kind ~= 'table' then return false end
  if value.err ~= nil or value.ok ~= nil or value.double ~= nil or value.big_number ~= nil
    or value.verbatim_string ~= nil then return value end
  if depth > 90 then return {err = 'ERR reached lua stack limit'} end
  local copy = {}
  for _, name in pairs({'map', 'set'}) do
    if type(value[name]) == 'table' then
      for key, item in pairs(value[name]) do
        copy[made_plain(key, depth + 1)] = made_plain(item, depth + 1)
      end
      return {[name] = copy}
    end
  end
  local n = 1
  while value[n] ~= nil do
    copy[n] = made_plain(value[n], depth + 1)
    n = n + 1
  end
  return copy
end

-- Called where an error is raised. A function of C has no line: its caller's is the one.
local function traced(err)
  if type(err) ~= 'table' then err = {err = 'ERR ' .. tostring(worded(err))} end
  if err.line == nil then
    local source, line = place(2)
    if not line then source, line = place(3) end
    if not line then source, line = place(4) end
    err = {err = err.err, source = source or '', line = line or ''}
  end
  return err
end

function __compile(name, text)
  local fn, problem = load_text(text, '@user_script')
  if not fn then return problem end
  compiled[name] = fn
end

function __forget() compiled = {} end

function __run(name)
  version = 2
  mark(3)
  local ok, value = try_with(compiled[name], traced)
  if ok then
    local kind = type(value)
    if kind == 'string' then return value end
    if is_plain(value, 1) then return value end
    if kind == 'table' or kind == 'number' then return made_plain(value, 1) end
    return nil
  end
  if type(value) ~= 'table' then value = {err = 'ERR ' .. tostring(value)} end
  control('failed', tostring(value.err or 'ERR unknown error'), value.source or '', value.line or '')
end
`
