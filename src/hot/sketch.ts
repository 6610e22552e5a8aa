import { scriptText } from '../redis/script-text.ts'
import { fnv1a } from '../stores/fnv1a.ts'

/**
 * The sketch of one fragment in one time window: a count-min sketch of 16 KB, and a sorted set of
 * the {@link LISTED} params with the highest counts.
 *
 * A count in the list is never too low, and with a probability of 1 - e^-4 (98 %) it is too high by
 * at most e / 1024 (0.27 %) of the fragment's requests in the window: by what the sketch had
 * counted of others when the params entered the list. From then on they are counted exactly.
 *
 * Cormode, Muthukrishnan 2005, An improved data stream summary: the count-min sketch and its
 * applications. The list of the most frequent beside it is that of Charikar, Chen, Farach-Colton
 * 2002, Finding frequent items in data streams.
 */
export const WIDTH = 1024
export const DEPTH = 4
/** Number of params in the list of a window. */
export const LISTED = 200
/** Most params of one BITFIELD: Lua passes at most 8,000 arguments. */
export const GROUP = 250

/**
 * Returns the counters of params, one in each row, as offsets of BITFIELD.
 *
 * Two hashes are enough for all rows: Kirsch, Mitzenmacher 2006, Less hashing, same performance:
 * building a better Bloom filter.
 */
export function cellsOf(params: string): string[] {
  const first = fnv1a(params)
  const step = fnv1a(params, first) | 1
  return Array.from({ length: DEPTH }, (_, row) => {
    const column = (first + Math.imul(row, step)) & (WIDTH - 1)
    return `#${row * WIDTH + column}`
  })
}

/**
 * Sets `now`, in ms, and `current`, the number of its time window, from `ARGV[2]`, the length of a
 * window in ms, and `ARGV[3]`, the time, or `''` for that of the server.
 */
const WINDOW = `
local now = tonumber(ARGV[3])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local current = math.floor(now / ARGV[2])
`

/**
 * Adds counts. KEYS: for each group of params the sketch and the list of its fragment. ARGV: number
 * of the window that the keys are of; its length; the time; TTL in ms; then for each group the
 * number of params, and for each of them the count, the offsets of its counters, and the params.
 *
 * Returns the number of the current window. If it is another one, nothing was added.
 */
export const ADD = scriptText(`${WINDOW}
if current ~= tonumber(ARGV[1]) then return current end
local at = 5
for k = 1, #KEYS, 2 do
  local sketch, list, size = KEYS[k], KEYS[k + 1], tonumber(ARGV[at])
  at = at + 1
  local counts, params, increments = {}, {}, {}
  for i = 1, size do
    counts[i] = ARGV[at]
    for row = 1, ${DEPTH} do
      local n = #increments
      increments[n + 1], increments[n + 2] = 'INCRBY', 'u32'
      increments[n + 3], increments[n + 4] = ARGV[at + row], counts[i]
    end
    params[i] = ARGV[at + ${DEPTH + 1}]
    at = at + ${DEPTH + 2}
  end
  local cells = redis.call('BITFIELD', sketch, 'OVERFLOW', 'SAT', unpack(increments))
  local listed = redis.call('ZMSCORE', list, unpack(params))
  local scores = {}
  for i = 1, size do
    local score = math.min(unpack(cells, i * ${DEPTH} - ${DEPTH - 1}, i * ${DEPTH}))
    if listed[i] then score = math.min(score, listed[i] + counts[i]) end
    scores[#scores + 1], scores[#scores + 2] = score, params[i]
  end
  redis.call('ZADD', list, unpack(scores))
  redis.call('ZREMRANGEBYRANK', list, 0, -${LISTED + 1})
  redis.call('PEXPIRE', sketch, ARGV[4])
  redis.call('PEXPIRE', list, ARGV[4])
end
return current
`)

/**
 * Reads the highest counts. KEYS: the lists of a fragment, that of the current window first, then
 * earlier ones. ARGV: number of the current window; its length; the time; the number of params.
 *
 * A window counts half as much as the next one. The weight of the earlier ones decays with the
 * part of the current window that is over, so that no count changes when a window begins.
 *
 * Returns the number of the current window and, if it is that of the keys, params and counts.
 */
export const TOP = scriptText(`${WINDOW}
if current ~= tonumber(ARGV[1]) then return { current } end
local over = now / ARGV[2] - current
local union = { 'ZUNION', #KEYS }
for _, key in ipairs(KEYS) do union[#union + 1] = key end
union[#union + 1] = 'WEIGHTS'
for age = 0, #KEYS - 1 do union[#union + 1] = age == 0 and 1 or 2 ^ (1 - age - over) end
union[#union + 1] = 'WITHSCORES'
local found = redis.call(unpack(union))
local answer = { current }
for i = #found - 1, math.max(1, #found - 2 * ARGV[4] + 1), -2 do
  answer[#answer + 1], answer[#answer + 2] = found[i], found[i + 1]
end
return answer
`)
