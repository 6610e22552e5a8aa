import { scriptText } from '../../redis/script-text.ts'
import { PRELUDE } from './prelude.ts'

/**
 * Adds tasks. ARGV: client, number of the batch, ms for which that number is remembered; then for
 * each task its stream, header, args, and options of the add as JSON, or an empty string.
 *
 * A client sends one batch at a time, and repeats it under the same number if its outcome is not
 * known: it is then added once, and the answer is the same. A copy of an earlier batch that the
 * network held back is refused: its client has given it up, or has had it added since. Returns
 * `index, id` of tasks whose unique key was taken, with the id that has it.
 */
export const ADD = scriptText(`${PRELUDE}
local batchKey = Q .. ':client:' .. ARGV[1]
local batch = tonumber(ARGV[2])
local last = redis.call('GET', batchKey)
local newest = last and tonumber(string.match(last, '^%d+')) or 0
if batch == newest then return cjson.decode(string.match(last, ' (.*)')) end
if batch < newest then return redis.error_reply('OUTDATED The batch ' .. ARGV[2] .. ' came after the batch ' .. newest) end
local now = serverTime()
local taken, added, wake = {}, 0, false

for i = 4, #ARGV, 4 do
  local stream, header, args = tonumber(ARGV[i]), ARGV[i + 1], ARGV[i + 2]
  added = added + 1
  if ARGV[i + 3] == '' then
    put(stream, header, args)
  else
    local id, options = idOf(header), cjson.decode(ARGV[i + 3])
    local holder = false
    if options.u then
      local key = Q .. ':unique:' .. options.u
      holder = redis.call('GET', key)
      if not holder and options.ut then redis.call('SET', key, id, 'PX', options.ut)
      elseif not holder then redis.call('SET', key, id) end
    end
    local due = options.at or (options.d and now + options.d)
    if holder then
      added = added - 1
      taken[#taken + 1] = (i - 4) / 4
      taken[#taken + 1] = holder
    elseif due and due > now then
      local first = redis.call('ZRANGE', Q .. ':later', 0, 0, 'WITHSCORES')
      redis.call('HSET', Q .. ':later-data', id, pack(stream, header, args))
      redis.call('ZADD', Q .. ':later', due, id)
      -- Workers that block have to know of a time that is before the one they wait for.
      wake = wake or not first[2] or due < tonumber(first[2])
    else
      enter(stream, header, args, id, options.o)
    end
  end
end
redis.call('SET', batchKey, ARGV[2] .. ' ' .. cjson.encode(taken), 'PX', ARGV[3])
count(now, 'added', added)
-- Workers do not read the streams of a queue with a rate limit by blocking.
if wake or (added > 0 and redis.call('HEXISTS', Q, 'rate') == 1) then wakeOne() end
return taken
`)
