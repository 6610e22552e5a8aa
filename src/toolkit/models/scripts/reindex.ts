import { scriptText } from '../../../redis/script-text.ts'
import { PRELUDE } from './prelude.ts'

/**
 * Writes the entries of records in all indexes, from what is stored. ARGV after the facts of the
 * model: for each record its version and id; the number of values, and name and value of each,
 * which are stored where the record has none; the number of texts, and field, number of words, and
 * lines of each, which are written if it still has this version. Returns the field and the id of
 * another record that has the same value of a unique field, or nothing.
 */
export const REINDEX = scriptText(`${PRELUDE}
local at = 1
local function take()
  at = at + 1
  return ARGV[at]
end

local function add(version, id, lacking, texts)
  local fields = readFields(id, INDEXED)
  if not fields[':n'] then return nil end
  local key, tag = recordKey(id), tagOf(fields[':n'], id)
  for name, value in pairs(lacking) do
    local plain = string.gsub(name, '^!', '')
    if redis.call('HEXISTS', key, plain) == 0 and redis.call('HEXISTS', key, '!' .. plain) == 0 then
      redis.call('HSET', key, name, value)
      fields[plain] = name == plain and value
    end
  end
  for _, field in ipairs(SPEC.f) do
    local name, kind, value = field[1], field[2], fields[field[1]]
    if value ~= nil then
      local score, member = entryOf(kind, value, tag)
      if field[3] == 1 and value then
        local other = otherWith(name, kind, value, id)
        if other then return { name, other } end
      end
      redis.call('ZADD', indexKey(name), score, member)
    end
  end
  if redis.call('ZSCORE', EXPIRING, id) then keepEntries(id, fields) end
  if fields[':v'] ~= version then return nil end
  for _, one in ipairs(texts) do
    if one.length then putText(one.key, id, one.length, one.lines) else removeText(one.key, id) end
  end
end

while at < #ARGV do
  local version, id, lacking, texts = take(), take(), {}, {}
  for _ = 1, tonumber(take()) do
    local name = take()
    lacking[name] = take()
  end
  for i = 1, tonumber(take()) do texts[i] = { key = textKey(take()), length = tonumber(take()), lines = take() } end
  local duplicate = add(version, id, lacking, texts)
  if duplicate then return duplicate end
end
return {}
`)

/** Number of entries of an index that one step looks at. */
const SWEEP_AT_ONCE = 500

/**
 * Removes entries of an index that are not those of a record: the record was evicted, or changed by
 * a process whose model does not have the index. ARGV after the facts of the model: field, empty
 * for the index of all records; its kind, `t` for its full-text index; cursor of ZSCAN. Returns the
 * next cursor.
 */
export const SWEEP = scriptText(`${PRELUDE}
local name, kind = ARGV[2], ARGV[3]
local key = kind == 't' and textKey(name) .. ':docs' or name == '' and ALL or indexKey(name)

local function isCurrent(member)
  local tag = kind ~= 't' and tagIn(kind, member)
  local id = tag and idIn(tag) or member
  local fields = readFields(id, name == '' and {} or { name })
  if not fields[':n'] then return false end
  if kind == 't' then return fields[name] and true or false end
  if tagOf(fields[':n'], id) ~= tag then return false end
  if name == '' then return true end
  if fields[name] == nil then return false end
  local _, current = entryOf(kind, fields[name], tag)
  return current == member
end

local page = redis.call('ZSCAN', key, ARGV[4], 'COUNT', ${SWEEP_AT_ONCE})
for i = 1, #page[2], 2 do
  local member = page[2][i]
  if not isCurrent(member) then
    if kind == 't' then removeText(textKey(name), member) else redis.call('ZREM', key, member) end
  end
end
return page[1]
`)

/** Removes the indexes of fields that have none any more. ARGV: facts of the model, then fields. */
export const DROP_INDEXES = scriptText(`
for i = 2, #ARGV do redis.call('UNLINK', KEYS[1] .. ':i:' .. ARGV[i]) end
return 0
`)
