import { scriptText } from '../../../redis/script-text.ts'
import { MATCHING } from './matching.ts'
import { TYPOS } from './typos.ts'

/**
 * ARGV: limit, fewer results than which typos are searched for, number of words, of types, of
 * boosts; words, types, name and factor of each boost.
 *
 * Replies the corrected words, then id and record of each result.
 */
export const SEARCH = scriptText(`${MATCHING}${TYPOS}
local direct, alternatives = {}, {}
for _, type in ipairs(types) do search(type, slotsOf(words), direct) end
local results = ranked(direct)
if #results < tonumber(ARGV[2]) then
  local similar = {}
  for _, type in ipairs(types) do searchSimilar(type, direct, similar, alternatives) end
  for _, one in ipairs(ranked(similar)) do results[#results + 1] = one end
end
local reply = { alternatives }
for at = 1, math.min(limit, #results) do
  reply[#reply + 1] = results[at].id
  reply[#reply + 1] = results[at].record
end
return reply`)
