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

/**
 * What a tag says to the page. One literal, so that all have one shape: put together by spreading, each was slower than all
 * else that a hit costs.
 */
export function declarationOf(
  [
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
  ]: TagArguments,
  body: Declaration['body'],
  usesLive: boolean,
  keyed: ReadonlySet<object> | undefined,
): Declaration {
  return {
    place,
    name,
    parts: parts.map(asKeyPart),
    visitorsParts,
    ttl,
    stale,
    until,
    allowEmpty,
    enabled: Boolean(condition),
    tags,
    vary,
    bubbles: bubble !== false,
    usesLive,
    keyed,
    body,
  }
}

/** A key part that is a text with holes is asked for before the page sees it. */
function asKeyPart(part: unknown): unknown {
  return part instanceof Text ? part.toString() : part
}
