import { scriptText } from '../../../redis/script-text.ts'
import { INDEXING } from './indexing.ts'

/** Reply of a script that was to add a type beyond the last. */
export const TOO_MANY_TYPES = -1

/** ARGV: id, words, score, type and rest of an item. Replies 1 if there was none of this id. */
export const ADD = scriptText(`${INDEXING}
if isFull(ARGV[4]) then return ${TOO_MANY_TYPES} end
return put(unpack(ARGV)) and 1 or 0`)

/** ARGV: id, and for words, score, type, title and data: 1 and the value, or 0 and ''. */
export const UPDATE = scriptText(`${INDEXING}
local id = ARGV[1]
local record = redis.call('HGET', ITEMS, id)
if not record then return 0 end
local words, score, type, at = parse(record)
local length, from = string.match(record, '^(%d+)\\n()', at)
local title, data = string.sub(record, from, from + length - 1), string.sub(record, from + length)
if ARGV[2] == '1' then words = ARGV[3] end
if ARGV[4] == '1' then score = ARGV[5] end
if ARGV[6] == '1' then type = ARGV[7] end
if ARGV[8] == '1' then title = ARGV[9] end
if ARGV[10] == '1' then data = ARGV[11] end
if isFull(type) then return ${TOO_MANY_TYPES} end
put(id, words, score, type, #title .. '\\n' .. title .. data)
return 1`)

/** ARGV: id. Replies 1 if it was there. */
export const REMOVE = scriptText(`${INDEXING}
return remove(ARGV[1], true)`)

/** ARGV: id or type, factor. An item is indexed by its boost; that of a type is read. */
export const BOOST = scriptText(`${INDEXING}
local name = ARGV[1]
if tonumber(ARGV[2]) == 1 then redis.call('HDEL', BOOSTS, name)
else redis.call('HSET', BOOSTS, name, ARGV[2]) end
local record = redis.call('HGET', ITEMS, name)
if not record then return 0 end
local words, score, type = parse(record)
unindex(name, words, type, true)
index(name, words, tonumber(score), type)
return 1`)

/**
 * ARGV: number of items. Removes some; replies how many are left. Every item is whole or gone at
 * each time. Lists are not made again: their words go soon.
 */
export const FLUSH = scriptText(`${INDEXING}
local ids = redis.call('HRANDFIELD', ITEMS, ARGV[1])
for _, id in ipairs(ids) do remove(id, false) end
local left = redis.call('HLEN', ITEMS)
if left == 0 then redis.call('DEL', BOOSTS) end
return left`)
