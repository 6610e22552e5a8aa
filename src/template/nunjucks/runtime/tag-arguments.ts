import type { Bind, Declaration, Place } from '../../template-engine.ts'
import type { BodyNames } from '../compiler/tags.ts'
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
  names: BodyNames,
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
 * What a tag says to the page. A class, since this is made for each fragment of each page: put together by spreading it had
 * no shape of its own, and reading it took longer than all else of a hit. (And no literal: see {@link Values#holes}.)
 */
export class TagDeclaration implements Declaration {
  readonly place: Place
  readonly name: string
  readonly parts: readonly unknown[]
  readonly visitorsParts: readonly number[] | undefined
  readonly ttl: unknown
  readonly stale: unknown
  readonly until: unknown
  readonly allowEmpty: unknown
  readonly enabled: boolean
  readonly tags: unknown
  readonly vary: unknown
  readonly bubbles: boolean
  readonly usesLive: boolean
  readonly keyed: ReadonlySet<object> | undefined
  readonly bind: Bind | undefined
  readonly body: Declaration['body']

  constructor(
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
    bind: Bind | undefined,
  ) {
    this.place = place
    this.name = name
    this.parts = parts.map(asKeyPart)
    this.visitorsParts = visitorsParts
    this.ttl = ttl
    this.stale = stale
    this.until = until
    this.allowEmpty = allowEmpty
    this.enabled = Boolean(condition)
    this.tags = tags
    this.vary = vary
    this.bubbles = bubble !== false
    this.usesLive = usesLive
    this.keyed = keyed
    this.bind = bind
    this.body = body
  }
}

/** A key part that is a text with holes is asked for before the page sees it. */
export function asKeyPart(part: unknown): unknown {
  return part instanceof Text ? part.toString() : part
}
