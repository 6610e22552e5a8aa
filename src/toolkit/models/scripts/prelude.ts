import { DOCUMENT_LUA } from '../../text/scripts/document-lua.ts'

/**
 * Functions that all scripts of models begin with.
 *
 * The only key of a script is `M`, from which it makes the others: they have the same hash tag, and
 * the keyPrefix of the client.
 *
 * - `M`: hash with `seq`, the number of the last record, and `version`, the last version
 * - `M:r:ID`: hash of a record. A field that is null is absent, and `!FIELD` is there. `:n` is the
 *   number of the record, by which records are in the order of their creation; `:v` its version
 * - `M:all`: sorted set of all records
 * - `M:i:FIELD`: sorted set of all records by a field
 * - `M:t:FIELD`: begin of the keys of the full-text index of a field
 * - `M:c:FIELD:ID`: container of a record
 * - `M:expiring`: sorted set, id by the time at which its record expires; `M:entries`: hash, id to
 *   the entries of such a record in other keys, since its hash is gone when they are removed
 *
 * The members of `M:all` end with a tag: the number in 14 hexadecimal digits, and the id. In the
 * index of numbers the score is the value, -inf for null, and the member is the tag. In the index
 * of bytes all scores are 0, and members are `1`, the value, two NULs, and the tag; or `0` and the
 * tag for null. A NUL in a value is followed by 0x01 there, which keeps the order.
 */
export const PRELUDE = `${DOCUMENT_LUA}
local M = KEYS[1]
local SPEC = cjson.decode(ARGV[1])
local ALL, EXPIRING, ENTRIES = M .. ':all', M .. ':expiring', M .. ':entries'

local function recordKey(id) return M .. ':r:' .. id end

-- A counted primary key is the number of the record.
local function indexKey(name)
  if name == SPEC.k and SPEC.a then return ALL end
  return M .. ':i:' .. name
end

local function tagOf(number, id) return string.format('%014x', number) .. id end

local function escaped(value) return (string.gsub(value, '%z', '\\0\\1')) end

-- Score and member of an entry. The value is false for null.
local function entryOf(kind, value, tag)
  if kind == 'n' then return value or '-inf', tag end
  if value then return '0', '1' .. escaped(value) .. '\\0\\0' .. tag end
  return '0', '0' .. tag
end

local function tagIn(kind, member)
  if kind == 'n' then return member end
  if string.sub(member, 1, 1) == '0' then return string.sub(member, 2) end
  local _, stop = string.find(member, '\\0\\0', 2, true)
  return string.sub(member, stop + 1)
end

local function idIn(tag) return string.sub(tag, 15) end

-- Id of another record whose field with an index has this value, which is not null; nil if none has.
-- 'leaves', if given, is true for the id of a record that is about to have another value.
local function otherWith(name, kind, value, id, leaves)
  local members
  if kind == 'n' then members = redis.call('ZRANGEBYSCORE', indexKey(name), value, value)
  else
    local begin = '1' .. escaped(value) .. '\\0'
    members = redis.call('ZRANGEBYLEX', indexKey(name), '[' .. begin .. '\\0', '(' .. begin .. '\\1')
  end
  for _, member in ipairs(members) do
    local other = idIn(tagIn(kind, member))
    if other ~= id and not (leaves and leaves(other)) and redis.call('EXISTS', recordKey(other)) == 1 then return other end
  end
end

-- Reads fields of a record: a string each, false for null, nil if there is none. ':n' is nil if
-- there is no such record.
local function readFields(id, names)
  local asked = { ':n', ':v' }
  for _, name in ipairs(names) do
    asked[#asked + 1] = name
    asked[#asked + 1] = '!' .. name
  end
  local got = redis.call('HMGET', recordKey(id), unpack(asked))
  local fields = { [':id'] = id, [':n'] = got[1] or nil, [':v'] = got[2] or nil }
  for i, name in ipairs(names) do
    local value, null = got[2 * i + 1], got[2 * i + 2]
    if name == SPEC.k then value = id end
    if value then fields[name] = value elseif null then fields[name] = false end
  end
  return fields
end

local INDEXED = {}
for i, field in ipairs(SPEC.f) do INDEXED[i] = field[1] end

local function textKey(name) return M .. ':t:' .. name end

local function containerKey(name, id) return M .. ':c:' .. name .. ':' .. id end

-- Removes the entries of a record that expired.
local function forget(id)
  local packed = redis.call('HGET', ENTRIES, id)
  if packed then
    local entries = cmsgpack.unpack(packed)
    redis.call('ZREM', ALL, entries[1])
    for i = 2, #entries, 2 do redis.call('ZREM', indexKey(entries[i]), entries[i + 1]) end
    redis.call('HDEL', ENTRIES, id)
  end
  redis.call('ZREM', EXPIRING, id)
  for _, name in ipairs(SPEC.t) do removeText(textKey(name), id) end
  for _, name in ipairs(SPEC.c) do redis.call('UNLINK', containerKey(name, id)) end
end

-- Keeps the entries of a record that expires. Fields are those of INDEXED.
local function keepEntries(id, fields)
  local tag = tagOf(fields[':n'], id)
  local entries = { tag }
  for _, field in ipairs(SPEC.f) do
    local value = fields[field[1]]
    if value ~= nil then
      local _, member = entryOf(field[2], value, tag)
      entries[#entries + 1] = field[1]
      entries[#entries + 1] = member
    end
  end
  redis.call('HSET', ENTRIES, id, cmsgpack.pack(entries))
end

local function serverTime()
  local time = redis.call('TIME')
  return string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
end

-- Removes the entries of records that have expired, some at a time.
local function forgetExpired()
  if redis.call('EXISTS', EXPIRING) == 0 then return end
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', EXPIRING, '-inf', '(' .. serverTime(), 'LIMIT', 0, 100)) do
    -- Redis may take the begin of the script for its time.
    if redis.call('EXISTS', recordKey(id)) == 0 then forget(id) end
  end
end

local function removeRecord(id)
  local fields = readFields(id, INDEXED)
  if not fields[':n'] then return false end
  local tag = tagOf(fields[':n'], id)
  redis.call('ZREM', ALL, tag)
  for _, field in ipairs(SPEC.f) do
    if fields[field[1]] ~= nil then
      local _, member = entryOf(field[2], fields[field[1]], tag)
      redis.call('ZREM', indexKey(field[1]), member)
    end
  end
  redis.call('UNLINK', recordKey(id))
  if redis.call('ZREM', EXPIRING, id) == 1 then redis.call('HDEL', ENTRIES, id) end
  for _, name in ipairs(SPEC.t) do removeText(textKey(name), id) end
  for _, name in ipairs(SPEC.c) do redis.call('UNLINK', containerKey(name, id)) end
  return true
end
`
