import { API } from './api.ts'
import { COMMANDS } from './commands.ts'
import { ERRORS } from './errors.ts'
import { LIBRARIES } from './libraries.ts'
import { RANDOM } from './random.ts'
import { RESULTS } from './results.ts'

/** `control` and `command` are the two ways to the host. */
const LOCALS = `
local control, command, mark = redis.call, redis.pcall, redis.setresp
local load_text, sha1 = loadstring, redis.sha1hex
local raise, try, try_with = error, pcall, xpcall
local type, tostring, tonumber, select, unpack, pairs = type, tostring, tonumber, select, unpack, pairs
local find, gsub, sub, format, lower = string.find, string.gsub, string.sub, string.format, string.lower
local raw, next, setmetatable, metatable_of = rawget, next, setmetatable, getmetatable
local floor, huge = math.floor, math.huge
local compiled, version = {}, 2
-- The functions of the library that is being loaded; nil at all other times.
local registering
`

/** For the engine: scripts are compiled once. */
const RUN = `
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

-- Calls a function of a script. Returns its result as the engine encodes it.
local function run(fn)
  version = 2
  mark(3)
  local ok, value = try_with(fn, traced)
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

-- Takes the last argument from a script: its name. A name in the chunk would be compiled each time.
local function taken()
  local args = ARGV
  local last = #args
  local name = args[last]
  args[last] = nil
  return name
end

function __run() return run(compiled[taken()]) end
`

/**
 * Lua that runs once, before the engine locks its globals. It adds what Redis has and the engine
 * lacks, and replaces what the engine does otherwise. Its parts are one chunk.
 */
export const PRELUDE = [LOCALS, ERRORS, COMMANDS, API, RANDOM, RESULTS, RUN, LIBRARIES].join('')
