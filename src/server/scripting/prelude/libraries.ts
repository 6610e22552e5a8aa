/** Libraries of functions: FUNCTION LOAD and FCALL. */
export const LIBRARIES = `
local libraries = {}

local function is_text(value) return type(value) == 'string' or type(value) == 'number' end

local KNOWN_FLAGS = {['no-writes'] = true, ['allow-oom'] = true, ['allow-stale'] = true,
  ['no-cluster'] = true, ['allow-cross-slot-keys'] = true}

-- Returns the flags, or nil if one is unknown.
local function read_flags(list)
  local flags = {}
  for n = 1, #list do
    local flag = is_text(list[n]) and lower(list[n])
    if not KNOWN_FLAGS[flag] then return nil end
    flags[n] = flag
  end
  return flags
end

-- Returns a description of a function, or nil and what is wrong.
local function read_named(given)
  if type(given) ~= 'table' then
    return nil, 'calling redis.register_function with a single argument is only applicable to ' ..
      'Lua table (representing named arguments).'
  end
  local read = {flags = {}}
  for key, value in pairs(given) do
    if not is_text(key) then
      return nil, 'named argument key given to redis.register_function is not a string'
    end
    key = lower(key)
    if key == 'function_name' or key == 'description' then
      if not is_text(value) then
        return nil, key .. ' argument given to redis.register_function must be a string'
      end
      read[key] = tostring(value)
    elseif key == 'callback' then
      if type(value) ~= 'function' then
        return nil, 'callback argument given to redis.register_function must be a function'
      end
      read.callback = value
    elseif key == 'flags' then
      if type(value) ~= 'table' then
        return nil, 'flags argument to redis.register_function must be a table representing function flags'
      end
      read.flags = read_flags(value)
      if not read.flags then return nil, 'unknown flag given' end
    else
      return nil, 'unknown argument given to redis.register_function'
    end
  end
  if not read.function_name then
    return nil, 'redis.register_function must get a function name argument'
  end
  if not read.callback then return nil, 'redis.register_function must get a callback argument' end
  return read
end

local function read_registration(...)
  local count, name, callback = select('#', ...), ...
  if count < 1 or count > 2 then
    return nil, 'wrong number of arguments to redis.register_function'
  end
  if count == 1 then return read_named(name) end
  if not is_text(name) then
    return nil, 'first argument to redis.register_function must be a string'
  end
  if type(callback) ~= 'function' then
    return nil, 'second argument to redis.register_function must be a function'
  end
  return {function_name = tostring(name), callback = callback, flags = {}}
end

local function register_function(...)
  if not registering then
    fail('redis.register_function can only be called on FUNCTION LOAD command', 2)
  end
  local read, problem = read_registration(...)
  if not read then fail(problem, 2) end
  local name = read.function_name
  if not find(name, '^[%w_]+$') then
    fail('Library names can only contain letters, numbers, or underscores(_) and must be at ' ..
      'least one character long', 2)
  end
  if registering[name] then fail('Function already exists in the library', 2) end
  registering[name] = read.callback
  control('function', name, read.description and 1 or 0, read.description or '', unpack(read.flags))
end

-- It is there while a library is loaded only.
setmetatable(redis, {__index = function(_, name)
  if not registering then return nil end
  if name == 'register_function' then return register_function end
  absent(name, 2)
end})

-- Returns what is wrong with a library.
function __load(id, text)
  -- The functions are given their keys and arguments: there is no KEYS and no ARGV.
  local chunk, problem = load_text('local KEYS, ARGV ' .. text, '@user_function')
  if not chunk then return 'Error compiling function: ' .. problem end
  registering = {}
  local ok, err = try_with(chunk, traced)
  libraries[id], registering = registering, nil
  if ok then return nil end
  libraries[id] = nil
  return 'Error registering functions: ' .. tostring(err.err)
end

function __unload(id) libraries[id] = nil end

function __fcall()
  local name = taken()
  local id = taken()
  local fn = libraries[id][name]
  return run(function() return fn(KEYS, ARGV) end)
end
`
