import { scriptText } from '../../../redis/script-text.ts'

/**
 * Lua function that appends an entry to a log: `append(log, most, how, names)`. Returns the id and
 * the number of the entry.
 *
 * An entry has two fields. `n` is its number: one more than that of the entry before it, so that a
 * reader notices a missing one. The first of a log is the server's time in microseconds, above all
 * numbers of a log that was removed. The other field has `how` the keys were written as its name,
 * and their names as a JSON array.
 *
 * A full Redis refuses XADD as the first write of a script, and no later one. So the log is trimmed
 * before, and an entry that reports a removed key is never refused.
 */
export const APPEND = `
local function append(log, most, how, names)
  redis.call('XTRIM', log, 'MAXLEN', '~', most)
  local last = redis.call('XREVRANGE', log, '+', '-', 'COUNT', '1')[1]
  local n = last and tonumber(last[2][2])
  if n then
    n = n + 1
  else
    local now = redis.call('TIME')
    n = now[1] * 1000000 + now[2]
  end
  n = string.format('%.0f', n)
  return { redis.call('XADD', log, '*', 'n', n, how, names), n }
end
`

/**
 * Appends an entry alone. KEYS[1]: the log. ARGV: most entries; how; names as a JSON array.
 * Results: the id and the number of the entry.
 */
export const APPEND_ENTRY = scriptText(`${APPEND}
return append(KEYS[1], ARGV[1], ARGV[2], ARGV[3])
`)
