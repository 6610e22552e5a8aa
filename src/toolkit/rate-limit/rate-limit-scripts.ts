import { type ScriptText, scriptText } from '../../redis/script-text.ts'
import type { RateLimitAlgorithm } from './rate-limit-options.ts'

/**
 * The scripts of one algorithm. KEYS: the key of a subject. ARGV: limit, period in ms, cost, and
 * most that can be taken at once.
 *
 * Each returns { 1 if the cost is allowed, what remains, ms until more remains, ms until the cost
 * is allowed }. An event that is refused writes nothing.
 */
export interface RateLimitScripts {
  /** Takes the cost, if it is allowed. */
  readonly take: ScriptText
  /** Answers alike, but for what remains, and writes nothing. */
  readonly peek: ScriptText
}

const ARGUMENTS = `
local key = KEYS[1]
local limit, per, cost, capacity = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`

/**
 * A list of the times of the events that count, in ms, the oldest first. It has at most as many as
 * the limit. Those that are out of the window are removed when the next one is added.
 */
const READ_WINDOW = `
local length, old = redis.call('LLEN', key), 0
local last = tonumber(redis.call('LINDEX', key, -1) or now)
if last - now > per then
  -- The clock was set back by more than the period: these times say nothing.
  old = length
else
  -- A clock that is set back by less stands still instead.
  now = math.max(now, last)
  repeat
    local page = redis.call('LRANGE', key, old, old + 99)
    local n = 0
    while n < #page and tonumber(page[n + 1]) <= now - per do n = n + 1 end
    old = old + n
  until n < 100
end
local used = length - old
local allowed = used + cost <= limit
-- The time until so many of the events that count are out of the window.
local function untilGone(count)
  return count < 1 and 0 or redis.call('LINDEX', key, old + count - 1) + per - now
end
`

const TAKE_FROM_WINDOW = `
if allowed then
  if old > 0 then redis.call('LPOP', key, old) end
  old, used = 0, used + cost
  for from = 1, cost, 1000 do
    local times = {}
    for n = 1, math.min(1000, cost - from + 1) do times[n] = now end
    redis.call('RPUSH', key, unpack(times))
  end
  redis.call('PEXPIRE', key, per)
end
`

const ANSWER_OF_WINDOW = `
return {
  allowed and 1 or 0, math.max(0, limit - used),
  used == 0 and 0 or untilGone(1), allowed and 0 or untilGone(used + cost - limit)
}
`

/** A number that lives as long as its window, which begins with the first event. */
const READ_COUNT = `
local used = tonumber(redis.call('GET', key) or 0)
local left = used == 0 and 0 or redis.call('PTTL', key)
-- The period was longer, or another program has taken the life.
local wrong = used > 0 and (left < 0 or left > per)
if wrong then left = per end
-- In the last millisecond of the window PTTL is 0.
if used > 0 then left = math.max(1, left) end
local allowed = used + cost <= limit
`

const TAKE_FROM_COUNT = `
if wrong then redis.call('PEXPIRE', key, per) end
if allowed then
  if used == 0 then
    redis.call('SET', key, cost, 'PX', per)
    left = per
  else
    redis.call('INCRBY', key, cost)
  end
  used = used + cost
end
`

const ANSWER_OF_COUNT = `
return { allowed and 1 or 0, math.max(0, limit - used), left, allowed and 0 or left }
`

/**
 * Units that are missing from a full bucket, and the time when they were. A token has `per` units,
 * of which `limit` come back each ms: so all numbers are whole, and no event is lost to rounding.
 */
const READ_BUCKET = `
local missing, at = string.match(redis.call('GET', key) or '', '^(%d+) (%d+)$')
missing, at = tonumber(missing or 0), tonumber(at or now)
-- A clock that was set back stands still instead, for at most the time until the bucket is full.
if at - now > missing / limit then at = now end
now = math.max(now, at)
missing = math.max(0, math.min(missing, capacity * per) - (now - at) * limit)
local allowed = missing + cost * per <= capacity * per
`

const TAKE_FROM_BUCKET = `
if allowed then
  missing = missing + cost * per
  local full = math.ceil(missing / limit)
  redis.call('SET', key, string.format('%.0f %.0f', missing, now), 'PX', full)
end
`

const ANSWER_OF_BUCKET = `
local part = missing % per
return {
  allowed and 1 or 0, math.floor((capacity * per - missing) / per),
  missing == 0 and 0 or math.ceil((part == 0 and per or part) / limit),
  allowed and 0 or math.ceil((missing + cost * per - capacity * per) / limit)
}
`

export const SCRIPTS: Readonly<Record<RateLimitAlgorithm, RateLimitScripts>> = {
  'sliding-window': scriptsOf(READ_WINDOW, TAKE_FROM_WINDOW, ANSWER_OF_WINDOW),
  'fixed-window': scriptsOf(READ_COUNT, TAKE_FROM_COUNT, ANSWER_OF_COUNT),
  'token-bucket': scriptsOf(READ_BUCKET, TAKE_FROM_BUCKET, ANSWER_OF_BUCKET),
}

function scriptsOf(read: string, take: string, answer: string): RateLimitScripts {
  return {
    take: scriptText(ARGUMENTS + read + take + answer),
    peek: scriptText(ARGUMENTS + read + answer),
  }
}
