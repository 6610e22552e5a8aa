import { scriptText } from '../../redis/script-text.ts'

/** Declares the number of items, and the place of the index ARGV[1], or nil. */
const PLACE = `
local size = redis.call('HLEN', KEYS[1])
local at = tonumber(ARGV[1])
if at < 0 then at = at + size end
if at < 0 or at >= size then at = nil end
`

/** Declares a function that reads items in parts: `unpack` takes only some thousands. */
const READ = `
local function read(from, to)
  local names, values = {}, {}
  for at = from, to do
    names[#names + 1] = at
    if #names == 1000 or at == to then
      for _, value in ipairs(redis.call('HMGET', KEYS[1], unpack(names))) do values[#values + 1] = value end
      names = {}
    end
  end
  return values
end
`

export const AT = scriptText(`${PLACE}
if not at then return false end
return redis.call('HGET', KEYS[1], at)`)

export const SET = scriptText(`${PLACE}
if not at then return redis.error_reply('ERR index out of range') end
redis.call('HSET', KEYS[1], at, ARGV[2])
return 1`)

export const PUSH = scriptText(`
local size = redis.call('HLEN', KEYS[1])
for n = 1, #ARGV do redis.call('HSET', KEYS[1], size + n - 1, ARGV[n]) end
return size + #ARGV`)

export const REPLACE = scriptText(`
redis.call('DEL', KEYS[1])
for n = 1, #ARGV do redis.call('HSET', KEYS[1], n - 1, ARGV[n]) end
return #ARGV`)

/** Removes an item; those after it move up by one. */
export const DELETE_AT = scriptText(`${PLACE}
if not at then return false end
local value = redis.call('HGET', KEYS[1], at)
for n = at, size - 2 do
  redis.call('HSET', KEYS[1], n, redis.call('HGET', KEYS[1], n + 1))
end
redis.call('HDEL', KEYS[1], size - 1)
return value`)

/** ARGV: start and end, both as `slice` of an Array takes them. */
export const SLICE = scriptText(`${READ}
local size = redis.call('HLEN', KEYS[1])
local function place(text)
  local at = tonumber(text)
  if at < 0 then return math.max(at + size, 0) end
  return math.min(at, size)
end
return read(place(ARGV[1]), place(ARGV[2] or size) - 1)`)

export const INDEX_OF = scriptText(`${READ}
local size = redis.call('HLEN', KEYS[1])
for from = 0, size - 1, 1000 do
  for n, value in ipairs(read(from, math.min(from + 1000, size) - 1)) do
    if value == ARGV[1] then return from + n - 1 end
  end
end
return -1`)
