import { SCORES_LUA } from '../../text/scripts/scores-lua.ts'
import { CANDIDATES_LUA, PREPARE_LUA } from '../../text/scripts/search.ts'

/** Number of records of a search that are considered. */
const MAX_CANDIDATES = 10_000

/**
 * Finds records by their words, as the full-text index does: `searchText(key, query)` returns
 * ids with their scores, and false if there may be more. The functions of the index read its key
 * and the number of candidates from KEYS and ARGV, as in the script that searches an index.
 */
export const TEXT_LUA = `
local function searchText(key, query)
  local KEYS, ARGV = { key }, { '', '', '', '${MAX_CANDIDATES}' }
${PREPARE_LUA}${CANDIDATES_LUA}${SCORES_LUA}
  if count == 0 then return {}, true end
  prepare(query)
  collect(query, tonumber(ARGV[4]))
  if #ids == 0 then return {}, complete end
  readLengths()
  -- It may find on the way that there are more.
  local scores = evaluate(query, ids)
  return scores, complete
end
`
