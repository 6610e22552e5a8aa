/**
 * Scripts as applications have them. Mostly KEYS[1] is a string, KEYS[2] a list, KEYS[3] a sorted
 * set.
 */
export const SCRIPTS: readonly string[] = [
  `local n = redis.call('incr', KEYS[1])
if n == 1 then redis.call('expireat', KEYS[1], 4102444800) end
return n`,
  `if redis.call('get', KEYS[1]) == ARGV[1] then
  return redis.call('del', KEYS[1])
end
return 0`,
  `local out = {}
for i, item in ipairs(redis.call('lrange', KEYS[2], 0, -1)) do out[i] = item .. ARGV[1] end
return out`,
  `local found = redis.call('zrange', KEYS[3], 0, -1, 'withscores')
return {#found, cjson.encode(found)}`,
  `local sum = 0
local found = redis.call('zrangebyscore', KEYS[3], '-inf', 'inf', 'withscores')
for n = 2, #found, 2 do sum = sum + tonumber(found[n]) end
redis.call('rpush', KEYS[2], sum)
return tostring(sum)`,
  `local moved = 0
while true do
  local item = redis.call('lpop', KEYS[2])
  if not item then break end
  redis.call('zadd', KEYS[3], moved / 8, item)
  moved = moved + 1
end
return moved`,
  `local ok, problem = pcall(redis.call, 'lpush', KEYS[1], ARGV[1])
return {ok, problem, redis.pcall('hset', KEYS[3], 'a', 1), redis.status_reply(ARGV[1])}`,
  `redis.setresp(3)
local all = redis.call('zrange', KEYS[3], 0, -1, 'withscores')
return {#all, redis.call('get', 'none'), redis.call('exists', KEYS[1])}`,
  `return redis.sha1hex(ARGV[1]) .. ARGV[2]`,
]

/** Commands that wait: in a script they answer at once. */
export const WAITING_FORMS: readonly string[] = [
  '(BLPOP|BRPOP) <list> <list> 0',
  'BLMOVE <list> <list> (LEFT|RIGHT) (LEFT|RIGHT) 0',
  'BRPOPLPUSH <list> <list> 0',
  'BLMPOP 0 1 <list> LEFT COUNT <count>',
  '(BZPOPMIN|BZPOPMAX) <zset> <zset> 0',
  'BZMPOP 0 2 <zset> <zset> (MIN|MAX) [COUNT <count>]',
  'WAIT 0 0',
]
