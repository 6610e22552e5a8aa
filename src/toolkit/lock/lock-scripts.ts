import { scriptText } from '../../redis/script-text.ts'

/** Names of the keys and of the time. `queue` and `alive` are nil unless the lock is fair. */
const PRELUDE = `
local lock, fence, queue, alive = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local time = redis.call('TIME')
local micros = time[1] * 1000000 + time[2]
local now = math.floor(micros / 1000)
`

/**
 * Gives the lock. The fencing number is the time in microseconds, or the last number and one: so it
 * grows also where the last number, or the whole data, are lost. Its key lives for a day, or twice
 * the ttl, after the last holder.
 */
const GRANT = `
local ttl = tonumber(ARGV[1])
local function grant(token)
  local number = string.format('%.0f', math.max(tonumber(redis.call('GET', fence) or 0) + 1, micros))
  redis.call('SET', lock, token, 'PX', ttl)
  redis.call('SET', fence, number, 'PX', math.max(86400000, 2 * ttl))
  return { token, number, 0 }
end

-- The lock may be this one's already: the answer that said so was lost.
local holder = redis.call('GET', lock)
for n = 3, #ARGV do
  if ARGV[n] == holder then
    redis.call('PEXPIRE', lock, ttl)
    if queue then redis.call('ZREM', queue, holder) redis.call('ZREM', alive, holder) end
    return { holder, redis.call('GET', fence) or string.format('%.0f', micros), 0 }
  end
end
`

/** The queue of a fair lock, and for each in it the time until which it is taken to be alive. */
const QUEUE = `
local function drop(token)
  redis.call('ZREM', queue, token)
  redis.call('ZREM', alive, token)
end
local function dropDead()
  for _, token in ipairs(redis.call('ZRANGEBYSCORE', alive, '-inf', now, 'LIMIT', 0, 1000)) do drop(token) end
end
local function first() return redis.call('ZRANGE', queue, 0, 0)[1] end
`

/**
 * Asks for a lock. KEYS: lock, fence. ARGV: ttl in ms, 0, tokens of those who ask, in their order.
 *
 * Returns { the token that has the lock now, its fencing number, 0 }, or { '', 0, ms until the lock
 * may be free }.
 */
export const ASK = scriptText(`${PRELUDE}${GRANT}
if not holder then return grant(ARGV[3]) end
return { '', 0, redis.call('PTTL', lock) }
`)

/**
 * Asks for a fair lock. KEYS: lock, fence, queue, alive. ARGV: ttl in ms, time for which those who
 * ask are taken to wait, in ms, or 0 if they do not wait; their tokens. Returns like {@link ASK}.
 */
export const ASK_IN_TURN = scriptText(`${PRELUDE}${GRANT}${QUEUE}
local wait = tonumber(ARGV[2])
dropDead()
if wait > 0 then
  for n = 3, #ARGV do
    if not redis.call('ZSCORE', queue, ARGV[n]) then
      local last = redis.call('ZREVRANGE', queue, 0, 0, 'WITHSCORES')
      redis.call('ZADD', queue, string.format('%.0f', math.max(micros, tonumber(last[2] or 0) + 1)), ARGV[n])
    end
    redis.call('ZADD', alive, now + wait, ARGV[n])
  end
  redis.call('PEXPIRE', queue, wait)
  redis.call('PEXPIRE', alive, wait)
end
if holder then return { '', 0, redis.call('PTTL', lock) } end

local next = first()
if not next then return grant(ARGV[3]) end
for n = 3, #ARGV do
  if ARGV[n] == next then
    drop(next)
    return grant(next)
  end
end
return { '', 0, math.max(1, (redis.call('ZSCORE', alive, next) or now) - now) }
`)

/**
 * Wakes those who wait. The message is the token of the first in the queue; it is empty where all
 * may try. A user that may not publish does without: those who wait ask again in time.
 */
const ANNOUNCE = `
local function announce()
  if queue then dropDead() end
  redis.pcall('PUBLISH', lock .. ':free', queue and first() or '')
end
`

/**
 * Gives back a lock, or a place in its queue. KEYS: lock, fence; for a fair one also queue, alive.
 * ARGV: token. Returns 1 if the lock was held by the token.
 */
export const RELEASE = scriptText(`${PRELUDE}${QUEUE}${ANNOUNCE}
local token = ARGV[1]
local waited = queue and redis.call('ZREM', queue, token) == 1
if waited then redis.call('ZREM', alive, token) end
local held = redis.call('GET', lock) == token and redis.call('DEL', lock) or 0
if held == 1 or (waited and redis.call('EXISTS', lock) == 0) then announce() end
return held
`)

/** Takes the lock from its holder. KEYS: like {@link RELEASE}. Returns 1 if it was held. */
export const CLEAR = scriptText(`${PRELUDE}${QUEUE}${ANNOUNCE}
local held = redis.call('DEL', lock)
if held == 1 then announce() end
return held
`)

/**
 * Lets a lock live for a time from now, if that is longer than it lives anyway. KEYS: lock. ARGV:
 * token, time in ms. Returns 1 if it is held by the token.
 */
export const RENEW = scriptText(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 1
`)
