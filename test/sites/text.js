/** Comments, raw blocks, and tags, whose strings may hold what would end them. */
const PIECE =
  /\{#[\s\S]*?#\}|\{%-?\s*(raw|verbatim)\s*-?%\}[\s\S]*?\{%-?\s*end\1\s*-?%\}|\{(%|\{)(-?)((?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|(?!-?[%}]\}).)*)(-?)[%}]\}/gs

/** The tags of a source, `{% ... %}` and `{{ ... }}`, in order. */
export function tagsIn(source) {
  return [...source.matchAll(PIECE)]
    .filter((match) => match[2] !== undefined)
    .map((match) => ({
      start: match.index,
      end: match.index + match[0].length,
      block: match[2] === '%',
      text: match[4].trim(),
      dashBefore: match[3],
      dashAfter: match[5],
    }))
}

/** The first word of a block tag; of others ''. */
export function wordOf({ block, text }) {
  return block ? (/^\w+/.exec(text)?.[0] ?? '') : ''
}

/** All words of a source's tags: every name that it may read is among them. */
export function wordsIn(source) {
  return new Set(tagsIn(source).flatMap(({ text }) => text.match(/[A-Za-z_]\w*/g) ?? []))
}

/** The parts of a source that a cache tag may be put around, each with its kind. */
export function spansIn(source) {
  const spans = []
  const open = []
  for (const tag of tagsIn(source)) {
    const word = wordOf(tag)
    if (word === 'include') spans.push(around('include', tag))
    else if (isMacroCall(tag)) spans.push(around('macro call', tag))
    else if (['block', 'for', 'if', 'switch'].includes(word)) open.push({ word, tag })
    else if (word === 'else' && open.at(-1)?.word === 'for') open.at(-1).end ??= tag
    else if (['endblock', 'endfor', 'endif', 'endswitch'].includes(word)) {
      const begun = open.pop()
      if (`end${begun?.word}` !== word) return []
      if (word === 'endblock') spans.push(inside('block', begun.tag, tag))
      if (word === 'endfor') spans.push(inside('loop body', begun.tag, begun.end ?? tag))
    }
  }
  return spans.filter(({ start, end }) => end > start)
}

/** A dash takes away the white space beside a tag: the tags that are put there have it, too. */
function around(kind, { start, end, dashBefore, dashAfter }) {
  return { kind, start, end, open: [dashBefore, ''], close: ['', dashAfter] }
}

function inside(kind, begin, end) {
  return { kind, start: begin.end, end: end.start, open: ['', begin.dashAfter], close: [end.dashBefore, ''] }
}

function isMacroCall({ block, text }) {
  return !block && /^[A-Za-z_][\w.]*\([\s\S]*\)$/.test(text) && !/^(caller|super)\(/.test(text)
}

/** Puts texts around parts of a source. */
export function insertAround(source, parts) {
  const points = parts.flatMap(({ start, end, open, close }) => [
    { at: start, order: 1, inner: -end, text: open },
    { at: end, order: 0, inner: -start, text: close },
  ])
  // At one place, ends come before beginnings, of ends the innermost, of beginnings the outermost.
  points.sort((a, b) => a.at - b.at || a.order - b.order || a.inner - b.inner)
  let result = ''
  let at = 0
  for (const point of points) {
    result += source.slice(at, point.at) + point.text
    at = point.at
  }
  return result + source.slice(at)
}
