import type { Declaration, Place } from '../../template-engine.ts'
import type { CompiledFunction, Frame } from '../nunjucks.ts'
import type { PageContext } from './context.ts'
import { Text } from './text.ts'

/** What compiled code says of a tag: its place, its body, the scope that the body needs, and its arguments. */
export type TagArguments = [
  place: Place,
  body: CompiledFunction,
  variables: unknown[],
  context: PageContext,
  frame: Frame,
  names: readonly string[] | null,
  name: string,
  parts: unknown[],
  ttl: unknown,
  stale: unknown,
  until: unknown,
  allowEmpty: unknown,
  condition: unknown,
  tags: unknown,
  vary: unknown,
  bubble: unknown,
  visitorsParts?: readonly number[],
]

/** What a tag says to the page, but for its body. */
export function declared([
  place,
  ,
  ,
  ,
  ,
  ,
  name,
  parts,
  ttl,
  stale,
  until,
  allowEmpty,
  condition,
  tags,
  vary,
  bubble,
  visitorsParts,
]: TagArguments): Omit<Declaration, 'body' | 'usesLive'> {
  const enabled = Boolean(condition)
  const keys = parts.map(asKeyPart)
  const life = { ttl, stale, until, allowEmpty }
  return { place, name, parts: keys, visitorsParts, ...life, enabled, tags, vary, bubbles: bubble !== false }
}

/** A key part that is a text with holes is asked for before the page sees it. */
function asKeyPart(part: unknown): unknown {
  return part instanceof Text ? part.toString() : part
}
