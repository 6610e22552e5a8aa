/** `math.random()` with the generator of Redis: a seed gives the same numbers. */
export const RANDOM = `
-- The generator of Redis: lrand48 of POSIX, in two halves of 24 bits.
local high, low = 0x1234, 0xabcd330e % 0x1000000
high = (0x1234 * 0x100000000 + 0xabcd330e - low) / 0x1000000
local function draw()
  local product = low * 0xece66d + 0xb
  local carry = floor(product / 0x1000000)
  high = (high * 0xece66d + low * 0x5de + carry) % 0x1000000
  low = product - carry * 0x1000000
  return floor((high * 0x1000000 + low) / 0x20000) % 0x7fffffff / 0x7fffffff
end

-- An error as functions of C raise it, called by a function of math.
local function refuse(text)
  local source, line = place(3)
  fail('user_script:' .. (line or 1) .. ': ' .. text, 3)
end

local function integer(name, n, ...)
  local value = select(n, ...)
  local number = tonumber(value)
  if number then return number < 0 and -floor(-number) or floor(number) end
  local got = n > select('#', ...) and 'no value' or type(value)
  refuse("bad argument #" .. n .. " to '" .. name .. "' (number expected, got " .. got .. ")")
end

math.random = function(...)
  local count = select('#', ...)
  if count == 0 then return draw() end
  if count > 2 then refuse('wrong number of arguments') end
  local first, last = 1, integer('random', count, ...)
  if count == 2 then first = integer('random', 1, ...) end
  if last < first then refuse("bad argument #" .. count .. " to 'random' (interval is empty)") end
  return floor(draw() * (last - first + 1)) + first
end

math.randomseed = function(...)
  local seed = integer('randomseed', 1, ...) % 0x100000000
  low = (seed % 0x100) * 0x10000 + 0x330e
  high = floor(seed / 0x100)
end
`
