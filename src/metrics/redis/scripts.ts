import { scriptText } from '../../redis/script-text.ts'

/** Sets `now`, the server's time in ms since 1970. */
const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`

/**
 * Adds a delta to the stream, unless it is there already, and notes that its process was seen.
 *
 * KEYS: stream, seen. ARGV: process, sequence, delta or '', what the process says of itself, node,
 * boot, begin and end of the delta by the clock of the process, its age in ms, most entries of the
 * stream, TTL of both keys in ms.
 *
 * A process has one delta under way, and sends the same one again, under its sequence, as long as
 * it does not know whether it arrived. So a sequence that is not above the last one was added
 * before: by an earlier copy, or by one that the network held back.
 */
export const PUSH = scriptText(`${NOW}
local last = redis.call('HGET', KEYS[2], ARGV[1])
local newest = tonumber(string.match(last or '', '^%d+') or 0)
local sequence = tonumber(ARGV[2])
if sequence < newest then return 0 end
local added = 0
if sequence > newest and ARGV[3] ~= '' then
  redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[10], '*', 'node', ARGV[5], 'boot', ARGV[6],
    'seq', ARGV[2], 'from', ARGV[7], 'to', ARGV[8], 'age', ARGV[9], 'data', ARGV[3])
  redis.call('PEXPIRE', KEYS[1], ARGV[11])
  added = 1
end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2] .. ' ' .. string.format('%.0f', now) .. ' ' .. ARGV[4])
redis.call('PEXPIRE', KEYS[2], ARGV[11])
return added
`)

/**
 * Takes or renews the lease, and reads entries that are not in the buckets yet.
 *
 * KEYS: stream, applied, lease. ARGV: token of the process, length of the lease in ms, most
 * entries. Returns nothing if another process has the lease; else the server's time, the id of the
 * last entry that was applied, and the entries after it.
 */
export const CLAIM = scriptText(`
local holder = redis.call('GET', KEYS[3])
if holder and holder ~= ARGV[1] then return {} end
redis.call('SET', KEYS[3], ARGV[1], 'PX', ARGV[2])
local after = redis.call('GET', KEYS[2]) or '0-0'
${NOW}
return { string.format('%.0f', now), after,
  redis.call('XRANGE', KEYS[1], '(' .. after, '+', 'COUNT', ARGV[3]) }
`)

/**
 * Writes buckets, if no other process has applied entries since they were read, and removes old
 * entries from the stream.
 *
 * KEYS: stream, applied, buckets. ARGV: id of the last entry that was applied before, and now; the
 * oldest id that is kept; TTL of `applied` in ms; then for each bucket its TTL in ms and its
 * value. Returns 1 if it wrote. All of it or nothing: the first write is one that a full server
 * refuses.
 */
export const APPLY = scriptText(`
if (redis.call('GET', KEYS[2]) or '0-0') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[4])
for i = 3, #KEYS do
  redis.call('SET', KEYS[i], ARGV[2 * i], 'PX', ARGV[2 * i - 1])
end
redis.call('XTRIM', KEYS[1], 'MINID', '~', ARGV[3])
return 1
`)

/** Gives back the lease. KEYS: lease. ARGV: token of the process. */
export const RELEASE = scriptText(`
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
`)

/**
 * Forgets processes. KEYS: seen. ARGV: time in ms after which a process is forgotten, most
 * processes. Returns how many it forgot.
 */
export const FORGET = scriptText(`${NOW}
local all = redis.call('HGETALL', KEYS[1])
local known, forgotten = {}, 0
for i = 1, #all, 2 do
  local at = tonumber(string.match(all[i + 1], '^%d+ (%d+)') or 0)
  known[#known + 1] = { at, all[i] }
end
table.sort(known, function(one, other) return one[1] > other[1] end)
for rank, one in ipairs(known) do
  if rank > tonumber(ARGV[2]) or one[1] < now - ARGV[1] then
    forgotten = forgotten + redis.call('HDEL', KEYS[1], one[2])
  end
end
return forgotten
`)

/** Returns the time of the server in ms. KEYS: any of the metrics, by which a cluster finds it. */
export const SERVER_TIME = scriptText(`${NOW}
return string.format('%.0f', now)
`)

/** Scripts that are loaded at each connection. */
export const SCRIPTS = [PUSH, CLAIM, APPLY, RELEASE, FORGET, SERVER_TIME]
