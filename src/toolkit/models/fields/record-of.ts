import type { Codec } from '../../codec/codec.ts'
import type { Field } from './field.ts'
import type { FieldTraits, NewTraits } from './traits.ts'

/** The fields of a model: builders such as `text()`, or codecs. */
export type ModelFields = Readonly<Record<string, Field<FieldTraits> | Codec<unknown, never>>>

/** The traits of a field, which may be given as a codec. */
export type TraitsOf<F> =
  F extends Field<infer T> ? T : F extends Codec<infer Out, infer In> ? NewTraits<Out, In> : never

/** The members of an intersection as one type. */
export type Simplify<T> = { [K in keyof T]: T[K] }

/** Names of the fields for which a trait is true. */
export type NamesWith<Fields extends ModelFields, Trait extends keyof FieldTraits> = {
  [K in keyof Fields]: TraitsOf<Fields[K]>[Trait] extends true ? K : never
}[keyof Fields]

/** Names of containers, and of the primary key: they are not assigned. */
export type FixedNames<Fields extends ModelFields> =
  | NamesWith<Fields, 'container'>
  | NamesWith<Fields, 'primaryKey'>

/** A record of a model, as it is loaded. Containers are properties that are not enumerable. */
export type RecordOf<Fields extends ModelFields> = Simplify<
  {
    -readonly [K in Exclude<keyof Fields, FixedNames<Fields>>]: TraitsOf<Fields[K]>['value']
  } & { readonly [K in FixedNames<Fields>]: TraitsOf<Fields[K]>['value'] }
>

/** Values of a new record. Containers take their first items. */
export type NewRecord<Fields extends ModelFields> = Simplify<
  {
    readonly [K in Exclude<keyof Fields, NamesWith<Fields, 'omissible'>>]: TraitsOf<Fields[K]>['input']
  } & {
    readonly [K in NamesWith<Fields, 'omissible'>]?: TraitsOf<Fields[K]>['input'] | undefined
  }
>

/** Values of an update. */
export type Changes<Fields extends ModelFields> = Simplify<{
  readonly [K in Exclude<keyof Fields, FixedNames<Fields>>]?: TraitsOf<Fields[K]>['input'] | undefined
}>

/** The type of the primary key. */
export type KeyOf<Fields extends ModelFields> = {
  [K in keyof Fields]: TraitsOf<Fields[K]>['primaryKey'] extends true ? TraitsOf<Fields[K]>['value'] : never
}[keyof Fields]

/** Names of the fields that `increment` takes. */
export type NumericNames<Fields extends ModelFields> = {
  [K in keyof Fields]: TraitsOf<Fields[K]> extends { numeric: true; primaryKey: false } ? K : never
}[keyof Fields]
