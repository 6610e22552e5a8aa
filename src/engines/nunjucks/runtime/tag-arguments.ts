import type { Bind } from '../../bindings.ts'
import type { Declaration, Place } from '../../template-engine.ts'
import type { BodyNames } from '../compiler/tags.ts'
import type { CompiledFunction, Frame } from '../nunjucks.ts'
import type { PageContext } from './context.ts'
import { Text } from './text.ts'

/**
 * Arguments that compiled code gives for a tag: its body, the scope that the body needs, and its
 * declaration.
 */
export type TagArguments = [
  body: CompiledFunction,
  variables: readonly unknown[],
  context: PageContext,
  frame: Frame,
  names: BodyNames,
  declaration: TagDeclaration,
]

/**
 * Declaration of a tag: made by compiled code, and completed by the run that meets the tag.
 * A class, since this is made for each fragment of each page: put together by spreading it had no
 * shape of its own, and reading it took longer than all else of a hit. (And no literal: see {@link
 * Values#addHole}.)
 */
export class TagDeclaration implements Declaration {
  readonly place: Place
  readonly name: string
  readonly parts: readonly unknown[]
  readonly ttl: unknown
  readonly stale: unknown
  readonly until: unknown
  readonly allowEmpty: unknown
  readonly enabled: boolean
  readonly tags: unknown
  readonly vary: unknown
  readonly bubbles: boolean
  readonly perVisitorParts: readonly number[] | undefined
  readsNocache = false
  keyed: ReadonlySet<object> | undefined
  bind: Bind | undefined
  body: Declaration['body'] = unused

  constructor(
    place: Place,
    name: string,
    parts: readonly unknown[],
    ttl: unknown,
    stale: unknown,
    until: unknown,
    allowEmpty: unknown,
    condition: unknown,
    tags: unknown,
    vary: unknown,
    bubble: unknown,
    perVisitorParts: readonly number[] | undefined,
  ) {
    this.place = place
    this.name = name
    this.parts = parts.some(isText) ? parts.map(asKeyPart) : parts
    this.ttl = ttl
    this.stale = stale
    this.until = until
    this.allowEmpty = allowEmpty
    this.enabled = Boolean(condition)
    this.tags = tags
    this.vary = vary
    this.bubbles = bubble !== false
    this.perVisitorParts = perVisitorParts
  }
}

function unused(): never {
  throw new Error('A body that has run at its place was run again')
}

/** A key part that is a text with holes is asked for before the page sees it. */
export function asKeyPart(part: unknown): unknown {
  return isText(part) ? part.toString() : part
}

function isText(part: unknown): part is Text {
  return part instanceof Text
}
