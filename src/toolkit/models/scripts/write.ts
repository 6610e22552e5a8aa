import { scriptText } from '../../../redis/script-text.ts'
import { PRELUDE } from './prelude.ts'

/**
 * Creates and changes records, all of them or none. ARGV after the facts of the model: for each
 * record `c` to create it, or else the version that it must have, which is empty for any; its id,
 * empty for one that is counted; the number of values, then name and value of each, where `!name`
 * is a field that is null; the number of texts, then field, number of words, and lines of each,
 * where no number removes the text; the number of containers, then name, command, number of
 * arguments, and the arguments of each.
 *
 * Returns `0`, then id and version of each; or `1`, what is wrong, the place of the record, and the
 * field and the other id of a duplicate.
 */
export const WRITE = scriptText(`${PRELUDE}
forgetExpired()
local at = 1
local function take()
  at = at + 1
  return ARGV[at]
end

local function readValues()
  local values, pairs = {}, {}
  for _ = 1, tonumber(take()) do
    local name, value = take(), take()
    pairs[#pairs + 1] = name
    pairs[#pairs + 1] = value
    if string.sub(name, 1, 1) == '!' then values[string.sub(name, 2)] = false else values[name] = value end
  end
  return values, pairs
end

local function readTexts()
  local texts = {}
  for i = 1, tonumber(take()) do texts[i] = { key = textKey(take()), length = tonumber(take()), lines = take() } end
  return texts
end

local function readContainers()
  local containers = {}
  for i = 1, tonumber(take()) do
    local one = { name = take(), command = take(), args = {} }
    for n = 1, tonumber(take()) do one.args[n] = take() end
    containers[i] = one
  end
  return containers
end

local records, seen = {}, {}

-- Another record, or another one of this call, that has a value of a unique field. Records of one
-- call may exchange their values.
local claimed = {}
local function holderOf(field, value, id)
  local name, kind = field[1], field[2]
  local function comparable(one) return kind == 'n' and tonumber(one) or one end
  local claim = name .. '\\0' .. comparable(value)
  if claimed[claim] and claimed[claim] ~= id then return claimed[claim] end
  claimed[claim] = id
  return otherWith(name, kind, value, id, function(other)
    local next = seen[other] and seen[other].values[name]
    return next == false or (next ~= nil and comparable(next) ~= comparable(value))
  end)
end

while at < #ARGV do
  local record = { mode = take(), id = take() }
  record.values, record.pairs = readValues()
  record.texts, record.containers = readTexts(), readContainers()
  local n = #records
  records[n + 1] = record
  local creates = record.mode == 'c'
  if record.id ~= '' then
    if seen[record.id] then return { 1, creates and 'duplicate' or 'conflict', n, SPEC.k, record.id } end
    seen[record.id] = record
    record.old = readFields(record.id, INDEXED)
    if creates and record.old[':n'] then return { 1, 'duplicate', n, SPEC.k, record.id } end
    if not creates and not record.old[':n'] then return { 1, 'not-found', n } end
    if not creates and record.mode ~= '' and record.mode ~= record.old[':v'] then return { 1, 'conflict', n } end
  end
end

for n, record in ipairs(records) do
  for _, field in ipairs(SPEC.f) do
    local value = record.values[field[1]]
    if field[3] == 1 and value then
      -- A new record that is counted has no id yet.
      local holder = holderOf(field, value, record.id ~= '' and record.id or ' ' .. n)
      if holder then return { 1, 'duplicate', n - 1, field[1], holder } end
    end
  end
end

local function number(record)
  if not SPEC.a or record.id == '' then
    local seq = redis.call('HINCRBY', M, 'seq', 1)
    if record.id == '' then record.id = string.format('%.0f', seq) end
    return string.format('%.0f', seq)
  end
  if tonumber(record.id) > tonumber(redis.call('HGET', M, 'seq') or 0) then redis.call('HSET', M, 'seq', record.id) end
  return record.id
end

local function reindex(record)
  local id, old, tag = record.id, record.old, tagOf(record.number, record.id)
  for _, field in ipairs(SPEC.f) do
    local name, kind = field[1], field[2]
    local before, after = old[name], record.values[name]
    if name == SPEC.k then before, after = nil, (record.mode == 'c' and id or nil) end
    if after ~= nil and after ~= before then
      if before ~= nil then
        local _, member = entryOf(kind, before, tag)
        redis.call('ZREM', indexKey(name), member)
      end
      local score, member = entryOf(kind, after, tag)
      redis.call('ZADD', indexKey(name), score, member)
    end
  end
end

local function fill(record)
  for _, one in ipairs(record.texts) do
    if not one.length then removeText(one.key, record.id)
    -- Most saves change other fields.
    elseif redis.call('HGET', one.key .. ':entries', record.id) ~= one.lines then
      putText(one.key, record.id, one.length, one.lines)
    end
  end
  for _, one in ipairs(record.containers) do
    local key = containerKey(one.name, record.id)
    for from = 1, #one.args, 1000 do
      redis.call(one.command, key, unpack(one.args, from, math.min(from + 999, #one.args)))
    end
  end
end

local reply = { 0 }
for _, record in ipairs(records) do
  local creates = record.mode == 'c'
  if creates then
    -- One of this id may have expired, or been deleted by its key alone.
    if record.id ~= '' then forget(record.id) end
    record.old, record.number = {}, number(record)
    redis.call('ZADD', ALL, record.number, tagOf(record.number, record.id))
  else record.number = record.old[':n'] end
  local version = string.format('%.0f', redis.call('HINCRBY', M, 'version', 1))
  local key = recordKey(record.id)
  if not creates then
    local absent = {}
    for i = 1, #record.pairs, 2 do
      local name = record.pairs[i]
      absent[#absent + 1] = string.sub(name, 1, 1) == '!' and string.sub(name, 2) or '!' .. name
    end
    if #absent > 0 then redis.call('HDEL', key, unpack(absent)) end
  end
  redis.call('HSET', key, ':n', record.number, ':v', version, unpack(record.pairs))
  reindex(record)
  fill(record)
  if not creates and redis.call('ZSCORE', EXPIRING, record.id) then keepEntries(record.id, readFields(record.id, INDEXED)) end
  reply[#reply + 1] = record.id
  reply[#reply + 1] = version
end
return reply
`)

/**
 * Adds to a number of a record. ARGV after the facts of the model: id, field, the number, what is
 * there if the field is absent, and 1 if the result must be a whole number. Returns `0` and the new
 * number; or `1` and what is wrong.
 */
export const INCREMENT = scriptText(`${PRELUDE}
local id, name = ARGV[2], ARGV[3]
local old = readFields(id, { name, unpack(INDEXED) })
if not old[':n'] then return { 1, 'not-found' } end
-- A field that is null counts as 0, one that is absent as its default.
local before = old[name]
if before == nil then before = ARGV[5] end
local sum = tonumber(before or 0) + tonumber(ARGV[4])
if ARGV[6] == '1' and math.abs(sum) > 9007199254740991 then return { 1, 'range' } end
if sum ~= sum or math.abs(sum) == math.huge then return { 1, 'range' } end
local value = string.format(ARGV[6] == '1' and '%.0f' or '%.17g', sum)
for _, field in ipairs(SPEC.f) do
  if field[1] == name then
    local tag = tagOf(old[':n'], id)
    if field[3] == 1 then
      for _, member in ipairs(redis.call('ZRANGEBYSCORE', indexKey(name), value, value)) do
        local other = idIn(member)
        if other ~= id and redis.call('EXISTS', recordKey(other)) == 1 then return { 1, 'duplicate', other } end
      end
    end
    redis.call('ZADD', indexKey(name), value, tag)
  end
end
local version = string.format('%.0f', redis.call('HINCRBY', M, 'version', 1))
redis.call('HSET', recordKey(id), name, value, ':v', version)
redis.call('HDEL', recordKey(id), '!' .. name)
if old[name] == nil and redis.call('ZSCORE', EXPIRING, id) then keepEntries(id, readFields(id, INDEXED)) end
return { 0, value, version }
`)

/** Deletes records. ARGV after the facts of the model: ids. Returns how many there were. */
export const REMOVE = scriptText(`${PRELUDE}
forgetExpired()
local removed = 0
for i = 2, #ARGV do
  if removeRecord(ARGV[i]) then removed = removed + 1 end
end
return removed
`)

/**
 * Lets a record expire. ARGV after the facts of the model: id, and the ms until then; an empty
 * string lets it live on. Returns 1 if there is such a record.
 */
export const EXPIRE = scriptText(`${PRELUDE}
forgetExpired()
local id = ARGV[2]
local fields = readFields(id, INDEXED)
if not fields[':n'] then return 0 end
local keys = { recordKey(id) }
for _, name in ipairs(SPEC.c) do keys[#keys + 1] = containerKey(name, id) end
if ARGV[3] == '' then
  for _, key in ipairs(keys) do redis.call('PERSIST', key) end
  redis.call('ZREM', EXPIRING, id)
  redis.call('HDEL', ENTRIES, id)
  return 1
end
local expires = string.format('%.0f', serverTime() + ARGV[3])
for _, key in ipairs(keys) do redis.call('PEXPIREAT', key, expires) end
redis.call('ZADD', EXPIRING, expires, id)
keepEntries(id, fields)
return 1
`)

/**
 * Reads records. ARGV after the facts of the model: ids. Returns the hash of each, empty where
 * there is none.
 */
export const READ = scriptText(`
local records = {}
for i = 2, #ARGV do records[i - 1] = redis.call('HGETALL', KEYS[1] .. ':r:' .. ARGV[i]) end
return records
`)
