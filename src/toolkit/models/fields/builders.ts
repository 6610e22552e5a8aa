import { OptionError } from '../../../errors.ts'
import { show } from '../../../options/show.ts'
import { type Codec, checkCodec, encodeArgument, text as textCodec } from '../../codec/codec.ts'
import { Field } from './field.ts'
import { BOOLEAN, DATE, type FieldType, INTEGER, NUMBER, TEXT, UUID_TEXT } from './field-type.ts'
import type { DateTraits, FieldTraits, NewTraits, NumberTraits, TextTraits, With } from './traits.ts'

/** The codec of text, and, called, a field of text. */
export interface Text extends Codec<string> {
  /** Creates a field of text. Its order is that of its bytes in UTF-8. */
  (): Field<TextTraits>
}

/**
 * Text in UTF-8, as every other client of Redis sees it: a codec for containers, and, called, a
 * field of a model.
 *
 * @example
 * ```ts
 * const names = kit.set('names', { codec: text })
 * const User = kit.model('user', { id: uuid().primaryKey(), name: text().index() })
 * ```
 */
export const text: Text = Object.assign(() => new Field<TextTraits>({ type: TEXT }), {
  encode: (value: string) => textCodec.encode(value),
  decode: (stored: Buffer) => textCodec.decode(stored),
})

/** Creates a field of whole numbers up to 2^53 - 1. */
export function integer(): Field<NumberTraits> {
  return new Field({ type: INTEGER })
}

/** Creates a primary key that the server counts: `autoIncrement().primaryKey()`. */
export function autoIncrement(): Field<With<NumberTraits, { makesKeys: true }>> {
  return new Field({ type: { ...INTEGER, name: 'autoIncrement' }, automatic: true })
}

/** Creates a field of numbers. */
export function number(): Field<NumberTraits> {
  return new Field({ type: NUMBER })
}

/** Creates a field of `true` and `false`. */
export function boolean(): Field<NewTraits<boolean>> {
  return new Field({ type: BOOLEAN })
}

/** Creates a field of UUIDs, which are stored in lower case. As a primary key it makes them. */
export function uuid(): Field<With<NewTraits<string>, { makesKeys: true }>> {
  return new Field({ type: UUID_TEXT })
}

/** Creates a field of instants, to the millisecond. They are stored in UTC. */
export function date(): Field<DateTraits> {
  return new Field({ type: DATE })
}

/**
 * Creates a field of any value that a codec converts. A codec itself may be given in its place.
 *
 * @throws OptionError
 *
 * @example
 * ```ts
 * const User = kit.model('user', {
 *   id: uuid().primaryKey(),
 *   avatar: bytes,
 *   settings: field(json<{ theme: string }>()).default({ theme: 'light' }),
 * })
 * ```
 */
export function field<Out, In = Out>(codec: Codec<Out, In>): Field<NewTraits<Out, In>> {
  return new Field({ type: codecType(checkCodec('field', codec)) })
}

function codecType(codec: Codec<unknown>): FieldType {
  return {
    name: 'codec',
    expected: 'a value that its codec encodes',
    order: 'bytes',
    encode: (value) => (value === undefined ? undefined : encodeArgument(codec, value)),
    decode: (stored) => codec.decode(stored),
  }
}

/** Returns the codec of the items of a container: a field's own, or a codec. @throws OptionError */
export function itemCodec(owner: string, item: unknown): Codec<unknown> {
  if (!(item instanceof Field)) return checkCodec(owner, item)
  const { type } = (item as Field<FieldTraits>).definition
  return {
    encode: (value) => type.encode(value) ?? refuse(owner, type.expected, value),
    decode: (stored) => type.decode(stored),
  }
}

function refuse(owner: string, expected: string, value: unknown): never {
  throw new OptionError(`${owner}: an item must be ${expected}; got ${show(value)}`)
}
