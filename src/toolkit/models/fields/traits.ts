/** Facts about a field that the types of its model depend on. */
export interface FieldTraits {
  /** Type of the value in records that are read. */
  readonly value: unknown
  /** Type of the value as it is given. */
  readonly input: unknown
  /** True if queries may filter by it. */
  readonly indexed: boolean
  /** True if its values have an order: numbers, dates and text. */
  readonly ordered: boolean
  /** True for numbers, which `increment` takes. */
  readonly numeric: boolean
  /** True for text. */
  readonly textual: boolean
  /** True if its words are indexed. */
  readonly searched: boolean
  /** True if `create` may be called without it. */
  readonly omissible: boolean
  readonly primaryKey: boolean
  /** True if its values are made where it is the primary key. */
  readonly makesKeys: boolean
  /** True for a container, such as a set. */
  readonly container: boolean
}

/** Traits of a new field. */
export interface NewTraits<Value, Input = Value> extends FieldTraits {
  readonly value: Value
  readonly input: Input
  readonly indexed: false
  readonly ordered: false
  readonly numeric: false
  readonly textual: false
  readonly searched: false
  readonly omissible: false
  readonly primaryKey: false
  readonly makesKeys: false
  readonly container: false
}

/** Traits with some of them changed. */
export type With<T extends FieldTraits, Changed> = {
  readonly [K in keyof FieldTraits]: K extends keyof Changed ? Changed[K] : T[K]
}

export type NumberTraits = With<NewTraits<number>, { ordered: true; numeric: true }>
export type TextTraits = With<NewTraits<string>, { ordered: true; textual: true }>
export type DateTraits = With<NewTraits<Date>, { ordered: true }>
export type ContainerTraits<Value, Input> = With<
  NewTraits<Value, Input>,
  { omissible: true; container: true }
>
