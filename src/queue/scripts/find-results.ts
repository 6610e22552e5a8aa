import { scriptText } from '../../redis/script-text.ts'
import { PRELUDE, RESULTS } from './prelude.ts'

/**
 * Reads results, and registers a client for those that are not there yet. ARGV: client, ms for
 * which it is remembered, ids. Returns the results in order, false for those that are not there.
 *
 * The client that added a task need not be registered: the id of the task begins with its name.
 */
export const FIND_RESULTS = scriptText(`${PRELUDE}${RESULTS}
local client, found = ARGV[1], {}
for i = 3, #ARGV do
  local id = ARGV[i]
  local result = findResult(id)
  found[i - 2] = result
  if not result and client ~= '' and clientOf(id) ~= client then
    local waiters = redis.call('HGET', Q .. ':waiters', id)
    if not waiters then redis.call('HSET', Q .. ':waiters', id, client)
    elseif not string.find(',' .. waiters .. ',', ',' .. client .. ',', 1, true) then
      redis.call('HSET', Q .. ':waiters', id, waiters .. ',' .. client)
    end
    redis.call('PEXPIRE', Q .. ':waiters', ARGV[2])
  end
end
return found
`)

/**
 * Keeps the stream of a client's answers while the client waits: workers write only to a stream
 * that exists. ARGV: client, ms until it expires, id up to which it was read. Returns 1 if it was
 * missing.
 */
export const LISTEN = scriptText(`
local answers = KEYS[1] .. ':answers:' .. ARGV[1]
local missing = 1 - redis.call('EXISTS', answers)
if missing == 1 then redis.call('XADD', answers, '*', '', '')
else redis.call('XTRIM', answers, 'MINID', ARGV[3]) end
if redis.call('PEXPIRE', answers, ARGV[2]) == 0 then
  -- The trim may have removed the last entry: it leaves an empty stream, which expires too.
  redis.call('XADD', answers, '*', '', '')
  redis.call('PEXPIRE', answers, ARGV[2])
end
return missing
`)

/** Ends the read of a client that blocks. ARGV: client. */
export const INTERRUPT = scriptText(`
return redis.call('XADD', KEYS[1] .. ':answers:' .. ARGV[1], 'NOMKSTREAM', '*', '', '')
`)
