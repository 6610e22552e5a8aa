/**
 * Begin of each script: the names of keys, and how a record is read.
 *
 * KEYS[1] is the begin of all keys, so that they have its hash tag and the keyPrefix of the client:
 *
 * - `items`: hash, id to record: words, score, type, and what only the client reads
 * - `types`: hash, type to number of items
 * - `boosts`: hash, id or type to factor
 * - `v::TYPE`: sorted set of the words of a type, all of score 0, for ranges by letters
 * - `w:WORD:TYPE`: sorted set of the ids of a word
 * - `p:PREFIX:TYPE`: sorted set of the best ids of a prefix that more than 32 words have
 *
 * A word has letters and digits only, so that no two keys are the same. Words and prefixes are in
 * UTF-8: byte 255 is after all of them.
 */
export const NAMES = `
local ITEMS, TYPES, BOOSTS = KEYS[1] .. ':items', KEYS[1] .. ':types', KEYS[1] .. ':boosts'

-- Parts of the scores of sorted sets: see indexing. A title of one word, and a whole word.
local LETTERS = 40 ^ 7
local ONLY, WHOLE = 2 * 3000 * LETTERS, 2 * 600 * LETTERS

local function keyOf(kind, word, type)
  return KEYS[1] .. ':' .. kind .. ':' .. word .. ':' .. type
end

local function parse(record)
  return string.match(record, '^([^\\n]*)\\n([^\\n]*)\\n([^\\n]*)\\n()')
end

-- The last byte of the character that begins after byte at.
local function characterEnd(word, at)
  at = at + 1
  local byte = string.byte(word, at + 1)
  while byte and byte >= 128 and byte <= 191 do
    at = at + 1
    byte = string.byte(word, at + 1)
  end
  return at
end

local function wordsOf(prefix, type, limit)
  return redis.call('ZRANGEBYLEX', keyOf('v', '', type), '[' .. prefix, '(' .. prefix .. '\\255', 'LIMIT', 0, limit)
end

local function countWords(prefix, type)
  return redis.call('ZLEXCOUNT', keyOf('v', '', type), '[' .. prefix, '(' .. prefix .. '\\255')
end

-- Calls use with each prefix that is one character longer, in the words of a type.
local function eachNext(prefix, type, most, use)
  local vocabulary = keyOf('v', '', type)
  local min, max = '(' .. prefix, '(' .. prefix .. '\\255'
  for _ = 1, most do
    local word = redis.call('ZRANGEBYLEX', vocabulary, min, max, 'LIMIT', 0, 1)[1]
    if not word then return end
    local child = string.sub(word, 1, characterEnd(word, #prefix))
    use(child)
    min = '(' .. child .. '\\255'
  end
end
`
