import { OptionError } from '../../errors.ts'
import { show } from '../../options/show.ts'
import type { GraphCodec } from './graph-codec.ts'
import { Variable } from './variable.ts'

/** A value, or a variable. */
export type Part<Value> = Value | Variable

/** A triple that must be there, with variables in place of what is not known. */
export type Condition<Value> =
  | readonly [subject: Part<Value>, predicate: Part<Value>, object: Part<Value>]
  | { readonly subject: Part<Value>; readonly predicate: Part<Value>; readonly object: Part<Value> }

/** Names of the variables of a condition. */
export type NamesOf<C> = (
  C extends readonly unknown[]
    ? C[number]
    : C extends { readonly subject: infer S; readonly predicate: infer P; readonly object: infer O }
      ? S | P | O
      : never
) extends infer Given
  ? Given extends Variable<infer Name>
    ? Name
    : never
  : never

/** A row of a search: a value for each variable. */
export type Row<Name extends string, Value> = { readonly [N in Name]: Value }

/** Conditions as arguments of the script. */
export interface EncodedConditions {
  /** Names of the variables in the order in which they appear. */
  readonly names: readonly string[]
  readonly args: readonly (string | Buffer)[]
}

/** Most conditions of one search. */
const MAX_CONDITIONS = 32
const VALUE = Buffer.from('=')

/** @throws OptionError */
export function encodeConditions<Value>(
  conditions: readonly Condition<Value>[],
  codec: GraphCodec<Value>,
): EncodedConditions {
  if (!Array.isArray(conditions) || conditions.length === 0 || conditions.length > MAX_CONDITIONS)
    throw new OptionError(
      `search takes an array of 1 to ${MAX_CONDITIONS} conditions such as [[x, 'likes', 'tea']]; got ${show(conditions)}`,
    )
  const names: string[] = []
  const encode = (part: Part<Value>): string | Buffer => {
    if (!(part instanceof Variable)) return Buffer.concat([VALUE, codec.encode(part)])
    if (!names.includes(part.name)) names.push(part.name)
    return `?${names.indexOf(part.name) + 1}`
  }
  const args = conditions.flatMap((condition) => partsOf<Value>(condition).map(encode))
  return { names, args }
}

function partsOf<Value>(condition: unknown): Part<Value>[] {
  if (Array.isArray(condition)) {
    if (condition.length === 3) return condition
  } else if (typeof condition === 'object' && condition !== null) {
    const { subject, predicate, object } = condition as Record<string, Part<Value> | undefined>
    if (subject !== undefined && predicate !== undefined && object !== undefined)
      return [subject, predicate, object]
  }
  throw new OptionError(
    `A condition must have a subject, a predicate and an object, each a value or a variable; got ${show(condition)}`,
  )
}
