/**
 * Errors: tables with a text and a place, and the end of a script that ran too long, which cannot
 * be caught.
 */
export const ERRORS = `
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
`
