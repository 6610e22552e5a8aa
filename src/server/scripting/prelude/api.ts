/** The other functions and constants of `redis`. */
export const API = String.raw`
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
`
