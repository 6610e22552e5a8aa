import type { Hole } from '../../engines/template-engine.ts'
import { placesIn } from '../../html/head.ts'
import { HtmlReader } from '../../html/reader.ts'
import { Fragment } from '../fragment/fragment.ts'
import type { PageNode } from '../fragment/page-node.ts'
import type { ResponseWatch } from '../safety/response-watch.ts'

/**
 * Puts HTML comments around fragments that say what became of each, wherever HTML allows a comment:
 * not inside a tag, an attribute, a comment, or an element such as `script` or `title`, not before
 * the doctype, and in HTML alone.
 *
 * @param response what the page goes to
 */
export function withComments(
  parts: readonly (string | Hole)[],
  response: ResponseWatch | undefined,
): readonly (string | Hole)[] {
  const texts = parts.map((part) => (typeof part === 'string' ? part : (part as PageNode).text))
  const places = placesIn(texts, response?.contentType)
  if (!places) return parts
  const reader = new HtmlReader()
  let at = 0
  return parts.flatMap((part, n) => {
    const text = texts[n] as string
    const legal = reader.inContent && at >= places.begin
    reader.read(text)
    at += text.length
    if (!(part instanceof Fragment) || !legal || !reader.inContent) return [part]
    return [`<!-- ${describe(part)} -->`, part, `<!-- /${plain(part.name)} -->`]
  })
}

function describe({ name, reason, place, renderTime }: Fragment): string {
  const state = reason === undefined ? 'hit' : `miss (${reason}) ${renderTime.toFixed(1)} ms`
  return `${plain(name)} ${state}, ${plain(place.template)}:${place.line}`
}

/** A comment may not hold two hyphens in a row, nor end early. */
function plain(text: string): string {
  return text.replace(/-{2,}|[<>]/g, '~')
}
