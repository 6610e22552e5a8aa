import { scriptText } from '../../redis/script-text.ts'

/**
 * Returns the values after a place, with their scores. The place is a score and a value, which may
 * be gone meanwhile: then it is found by a binary search among those of the score. Values are
 * compared by bytes, as Redis does; `<` of Lua compares by the locale.
 */
export const NEXT_PAGE = scriptText(`
local count, score, value = tonumber(ARGV[1]), ARGV[2], ARGV[3]
local first = 0
local function isAfter(other)
  for at = 1, math.min(#other, #value) do
    local a, b = string.byte(other, at), string.byte(value, at)
    if a ~= b then return a > b end
  end
  return #other > #value
end
if score then
  local rank = redis.call('ZRANK', KEYS[1], value)
  if rank and redis.call('ZSCORE', KEYS[1], value) == score then
    first = rank + 1
  else
    first = redis.call('ZCOUNT', KEYS[1], '-inf', '(' .. score)
    local last = redis.call('ZCOUNT', KEYS[1], '-inf', score)
    while first < last do
      local middle = math.floor((first + last) / 2)
      if isAfter(redis.call('ZRANGE', KEYS[1], middle, middle)[1]) then last = middle
      else first = middle + 1 end
    end
  end
end
return redis.call('ZRANGE', KEYS[1], first, first + count - 1, 'WITHSCORES')`)
