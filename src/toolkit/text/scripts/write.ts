import { scriptText } from '../../../redis/script-text.ts'
import { DOCUMENT_LUA } from './document-lua.ts'

/**
 * Functions for the facets of documents: `I:facet:NAME` is a hash, document to its values with
 * commas between them. They are in the lines of the document, too, as tokens.
 */
const FACETS_LUA = `
local function facetsOf(lines)
  return string.gmatch(lines, '\\n(x:([^=\\t\\n]*)=([^\\t\\n]*)\\t[^\\n]*)')
end

local function removeFacets(I, id, lines)
  for _, name in facetsOf(lines) do redis.call('HDEL', I .. ':facet:' .. name, id) end
end

local function putFacets(I, id, lines)
  local values = {}
  for _, name, value in facetsOf(lines) do
    values[name] = values[name] and values[name] .. ',' .. value or value
  end
  for name, joined in pairs(values) do redis.call('HSET', I .. ':facet:' .. name, id, joined) end
end
`

/**
 * Writes a document. KEYS: the index. ARGV: document, its text, length and lines; then `1` to write
 * it only if it is there; `keep` to keep its facets; `keep` to keep its data, `none`, or `set` and
 * the data. Returns 1 if it was there.
 */
export const WRITE_DOCUMENT = scriptText(`${DOCUMENT_LUA}${FACETS_LUA}
local I, id, lines = KEYS[1], ARGV[1], ARGV[4]
local old = redis.call('HGET', I .. ':entries', id)
if ARGV[5] == '1' and not old then return 0 end
if old and ARGV[6] == 'keep' then
  local kept = {}
  for line in facetsOf(old) do kept[#kept + 1] = line .. '\\n' end
  lines = lines .. table.concat(kept)
end
putText(I, id, tonumber(ARGV[3]), lines)
if old then removeFacets(I, id, old) end
putFacets(I, id, lines)
redis.call('HSET', I .. ':text', id, ARGV[2])
if ARGV[7] == 'set' then redis.call('HSET', I .. ':data', id, ARGV[8])
elseif ARGV[7] == 'none' then redis.call('HDEL', I .. ':data', id) end
return old and 1 or 0
`)

const REMOVE_LUA = `${DOCUMENT_LUA}${FACETS_LUA}
local function removeDocument(I, id)
  local lines = redis.call('HGET', I .. ':entries', id)
  if not lines then return 0 end
  removeText(I, id)
  removeFacets(I, id, lines)
  redis.call('HDEL', I .. ':text', id)
  redis.call('HDEL', I .. ':data', id)
  return 1
end
`

/** Removes a document. KEYS: the index. ARGV: document. Returns 1 if it was there. */
export const REMOVE_DOCUMENT = scriptText(`${REMOVE_LUA}
return removeDocument(KEYS[1], ARGV[1])
`)

/** Removes some documents. KEYS: the index. ARGV: how many. Returns how many there were. */
export const REMOVE_SOME = scriptText(`${REMOVE_LUA}
local ids = redis.call('ZRANGE', KEYS[1] .. ':docs', 0, ARGV[1] - 1)
for _, id in ipairs(ids) do removeDocument(KEYS[1], id) end
return #ids
`)
