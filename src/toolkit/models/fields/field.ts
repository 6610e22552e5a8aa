import { OptionError } from '../../../errors.ts'
import { type TextAnalysis, type TextOptions, textAnalysis } from '../../text/text-analysis.ts'
import type { ContainerKind } from './container-kind.ts'
import type { FieldType } from './field-type.ts'
import type { FieldTraits, With } from './traits.ts'

/** The facts of a field at run time. */
export interface FieldDefinition {
  readonly type: FieldType
  readonly indexed?: boolean
  readonly unique?: boolean
  readonly primaryKey?: boolean
  readonly optional?: boolean
  /** True if the server counts its values. */
  readonly automatic?: boolean
  /** Returns the value of a record that lacks one. */
  readonly makeDefault?: () => unknown
  readonly container?: ContainerKind
  /** How the words of its text are indexed. */
  readonly search?: TextAnalysis
}

/**
 * A field of a model. Each method returns a new field, so that a field may be the begin of several.
 *
 * @typeParam T what the types of the model depend on
 */
export class Field<T extends FieldTraits = FieldTraits> {
  /** Exists for types only. @internal */
  declare protected readonly traits: T
  /** @internal */
  readonly definition: FieldDefinition

  /** @internal */
  constructor(definition: FieldDefinition) {
    this.definition = definition
  }

  /**
   * Makes the field one by which queries filter and sort. Numbers, dates and booleans are compared
   * as numbers, and text as bytes; of other values only equality is known.
   *
   * @throws OptionError for a container
   */
  index(): Field<With<T, { indexed: true }>> {
    return this.#with('index', { indexed: true })
  }

  /**
   * Lets a value be in one record only. Any number of records may have `null`. Such a field has an
   * index.
   *
   * @throws OptionError for a container
   */
  unique(): Field<With<T, { indexed: true }>> {
    return this.#with('unique', { indexed: true, unique: true })
  }

  /**
   * Makes the field the one by which records are loaded. A `uuid()` and an `autoIncrement()` are
   * made where a new record lacks one.
   *
   * @throws OptionError for a type that cannot be a primary key
   */
  primaryKey(): Field<
    With<T, { primaryKey: true; omissible: T['makesKeys'] extends true ? true : T['omissible'] }>
  > {
    const { type, makeDefault } = this.definition
    if (!['text', 'integer', 'uuid', 'autoIncrement'].includes(type.name))
      throw new OptionError(`A primary key must be text, integer, autoIncrement or uuid, not ${type.name}`)
    const made = type.name === 'uuid' ? () => crypto.randomUUID() : undefined
    const makes = makeDefault ?? made
    return this.#with('primaryKey', { primaryKey: true, ...(makes && { makeDefault: makes }) })
  }

  /**
   * Sets the value of records that lack one: of new ones, and of those that were stored before the
   * field was added.
   *
   * @param value a value, or a function that makes one for each record
   * @throws OptionError for a container, and for a value of a wrong type
   */
  default(value: T['input'] | (() => T['input'])): Field<With<T, { omissible: true }>> {
    const { type } = this.definition
    if (typeof value === 'function') return this.#with('default', { makeDefault: value as () => unknown })
    if (!(value === null && this.definition.optional) && type.encode(value) === undefined)
      throw new OptionError(`The default of a field of type ${type.name} must be ${type.expected}`)
    return this.#with('default', { makeDefault: () => value })
  }

  /**
   * Lets the field be `null`, which it is where it is not given and has no default.
   *
   * @throws OptionError for a container
   */
  optional(): Field<With<T, { value: T['value'] | null; input: T['input'] | null; omissible: true }>> {
    return this.#with('optional', { optional: true })
  }

  /**
   * Indexes the words of a text, for `search` of the model and of the field.
   *
   * @throws OptionError
   *
   * @example
   * ```ts
   * bio: text().search({ language: 'en', metaphone: true })
   * ```
   */
  search(
    this: Field<T & { readonly textual: true }>,
    options?: TextOptions,
  ): Field<With<T, { searched: true }>> {
    const { type } = this.definition
    if (type.name !== 'text') throw new OptionError(`search() is for fields of text, not ${type.name}`)
    return new Field({ ...this.definition, search: textAnalysis('search', options) })
  }

  /** The new field has traits that only types know. */
  #with<U extends FieldTraits>(method: string, changes: Partial<FieldDefinition>): Field<U> {
    if (this.definition.container)
      throw new OptionError(`A field that is a container (${this.definition.type.name}) has no ${method}()`)
    return new Field<U>({ ...this.definition, ...changes })
  }
}
