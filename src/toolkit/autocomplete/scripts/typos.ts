/**
 * Similar words: those that begin with the word after one edit of a character (Damerau and
 * Levenshtein: left out, added, another one, two swapped). The first character is kept. Characters
 * are tried that words have at this place, so that every alphabet works; of Chinese, the first 200.
 */
export const TYPOS = `
local LEAST_LENGTH, MOST_SIMILAR, MOST_CHARACTERS = 4, 20, 200

local function similarTo(word, type)
  local ends = {}
  local at = 0
  while at < #word do
    at = characterEnd(word, at)
    ends[#ends + 1] = at
  end
  local similar, seen = {}, { [word] = true }
  if #ends < LEAST_LENGTH then return similar end
  local function try(candidate)
    if seen[candidate] or #similar == MOST_SIMILAR then return end
    seen[candidate] = true
    if wordsOf(candidate, type, 1)[1] then similar[#similar + 1] = candidate end
  end
  local function from(n) return string.sub(word, (ends[n - 1] or 0) + 1) end
  local function character(n) return string.sub(word, ends[n - 1] + 1, ends[n]) end
  for n = 1, #ends - 1 do
    local head = string.sub(word, 1, ends[n])
    -- Nothing begins with a longer part of the word.
    if not wordsOf(head, type, 1)[1] then break end
    if n + 2 <= #ends then
      try(head .. character(n + 2) .. character(n + 1) .. from(n + 3))
      try(head .. from(n + 2))
    elseif #ends > LEAST_LENGTH then try(head) end
    eachNext(head, type, MOST_CHARACTERS, function(child)
      if n + 2 <= #ends then try(child .. from(n + 2)) end
      try(child .. from(n + 1))
    end)
  end
  return similar
end

local function searchSimilar(type, direct, found, alternatives)
  local function use(slots, corrected)
    local some = {}
    search(type, slots, some)
    for id, one in pairs(some) do
      if not direct[id] then found[id] = one end
    end
    for _, word in ipairs(corrected) do alternatives[#alternatives + 1] = word end
  end
  local slots, corrected = slotsOf(words), {}
  for at, word in ipairs(words) do
    if not wordsOf(word, type, 1)[1] then
      slots[at] = similarTo(word, type)
      if #slots[at] == 0 then return end
      for _, one in ipairs(slots[at]) do corrected[#corrected + 1] = one end
    end
  end
  if #corrected > 0 then return use(slots, corrected) end
  for at, word in ipairs(words) do
    local similar = similarTo(word, type)
    if #similar > 0 then
      slots = slotsOf(words)
      slots[at] = similar
      use(slots, similar)
    end
  end
end
`
