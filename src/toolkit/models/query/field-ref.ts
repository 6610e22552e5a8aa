import { compileQuery } from '../../text/query/compile-query.ts'
import { batchOf } from '../batch-of.ts'
import type { FieldTraits } from '../fields/traits.ts'
import { refuse, refuseValue } from '../model-errors.ts'
import type { NamedField } from '../model-schema.ts'
import { Expression, type Operator, Order } from './expression.ts'

/** A field of a model without an index. It makes no expressions. */
export interface UnindexedRef {
  /** Name of the field. */
  readonly fieldName: string
}

/** A field of a model whose values have an index of equality. */
export interface EqualityRef<Input> extends UnindexedRef {
  /** Is met if the field has this value. `null` is a value of an optional field. */
  eq(value: Input): Expression
  /** Is met if the field has another value, or is `null`. */
  ne(value: Input): Expression
  /** Is met if the field has one of these values, at most 5,000. @throws OptionError */
  in(values: Iterable<Input>): Expression
  /** Is met if the field is `null`. */
  isNull(): Expression
}

/** A field of a model whose values have an index in their order. `null` is not compared. */
export interface OrderedRef<Input> extends EqualityRef<Input> {
  lt(value: NonNullable<Input>): Expression
  lte(value: NonNullable<Input>): Expression
  gt(value: NonNullable<Input>): Expression
  gte(value: NonNullable<Input>): Expression
  /** Is met from the first value to the second one, both included. */
  between(from: NonNullable<Input>, to: NonNullable<Input>): Expression
  /** The order from the least value up; `null` is first. */
  asc(): Order
  /** The order from the greatest value down; `null` is last. */
  desc(): Order
}

/** A field of a model whose text has an index. */
export interface TextRef<Input> extends OrderedRef<Input> {
  /** Is met by text that begins so. */
  startsWith(text: string): Expression
}

/** A field of a model whose words are indexed. */
export interface SearchRef extends UnindexedRef {
  /**
   * Is met by records whose text has the words. The query is that of `kit.index`: AND, OR, NOT,
   * phrases in quotes, parentheses, and beginnings such as `pyth*`. Nothing in it is an error. The
   * call rejects with a ToolkitError (`too-large`) for `not()` of a search of more than 10,000
   * records, or of a beginning of more than 100 words.
   */
  search(words: string): Expression
}

/** A field of a model, as its traits allow. */
export type FieldRefOf<T extends FieldTraits> = T['searched'] extends true
  ? SearchRef & PlainRefOf<T>
  : PlainRefOf<T>

/** A field of a model, without its full-text index. */
export type PlainRefOf<T extends FieldTraits> = T['indexed'] extends true
  ? T['textual'] extends true
    ? TextRef<T['input']>
    : T['ordered'] extends true
      ? OrderedRef<T['input']>
      : EqualityRef<T['input']>
  : T['primaryKey'] extends true
    ? Pick<EqualityRef<T['input']>, 'fieldName' | 'eq' | 'ne' | 'in'>
    : UnindexedRef

/** All that a field can do. What it cannot do by its traits is refused. */
export class FieldRef implements TextRef<unknown>, SearchRef {
  readonly #key: string
  readonly #model: string
  readonly #field: NamedField

  /** @param key of the model */
  constructor(key: string, model: string, field: NamedField) {
    this.#key = key
    this.#model = model
    this.#field = field
  }

  get fieldName(): string {
    return this.#field.name
  }

  eq(value: unknown): Expression {
    this.#checkIndex('eq')
    return value === null ? this.isNull() : this.#make('eq', [this.#encode(value)])
  }

  ne(value: unknown): Expression {
    return this.eq(value).not()
  }

  in(values: Iterable<unknown>): Expression {
    this.#checkIndex('in')
    const all = batchOf(`${this.#model}.${this.fieldName}.in`, values)
    // Bytes that are no UTF-8 are told apart, too.
    const keyed = all
      .filter((value) => value !== null)
      .map((value) => this.#encode(value))
      .map((value): [string, string | Buffer] => [Buffer.from(value).toString('latin1'), value])
    const stored = new Map(keyed)
    const some = this.#make('in', [...stored.values()])
    return all.includes(null) ? some.or(this.isNull()) : some
  }

  isNull(): Expression {
    this.#checkIndex('isNull')
    return this.#make('null', [])
  }

  lt(value: unknown): Expression {
    return this.#compare('lt', value)
  }

  lte(value: unknown): Expression {
    return this.#compare('lte', value)
  }

  gt(value: unknown): Expression {
    return this.#compare('gt', value)
  }

  gte(value: unknown): Expression {
    return this.#compare('gte', value)
  }

  between(from: unknown, to: unknown): Expression {
    return this.#compare('between', from, to)
  }

  startsWith(text: unknown): Expression {
    this.#checkOrder('startsWith')
    if (this.#field.type.name !== 'text') return this.#refuse('startsWith', 'is not a field of text')
    return this.#make('begins', [this.#encode(text)])
  }

  search(words: unknown): Expression {
    const { search, name } = this.#field
    if (!search)
      return refuse(
        'no-index',
        `${this.#model}.${name} has no full-text index, which search needs: write ${name}: text().search() in the ` +
          'model, and call reindex() for records that exist',
      )
    if (typeof words !== 'string') return refuseValue(this.#model, name, 'searched by a string', words)
    return new Expression(this.#key, { kind: 'search', field: name, query: compileQuery(words, search) })
  }

  asc(): Order {
    this.#checkOrder('asc')
    return new Order(this.#key, this.fieldName, false)
  }

  desc(): Order {
    this.#checkOrder('desc')
    return new Order(this.#key, this.fieldName, true)
  }

  #compare(operator: Operator, ...values: unknown[]): Expression {
    this.#checkOrder(operator)
    return this.#make(
      operator,
      values.map((value) => this.#encode(value)),
    )
  }

  #make(operator: Operator, values: readonly (string | Buffer)[]): Expression {
    return new Expression(this.#key, { kind: 'field', field: this.fieldName, operator, values })
  }

  #encode(value: unknown): string | Buffer {
    const { type, name } = this.#field
    return type.encode(value) ?? refuseValue(this.#model, name, type.expected, value)
  }

  #checkIndex(method: string): void {
    const { indexed, primaryKey } = this.#field
    if (indexed || (primaryKey && method !== 'isNull')) return
    this.#refuse(method, 'has no index')
  }

  #checkOrder(method: string): void {
    const { indexed, type } = this.#field
    if (!indexed) this.#refuse(method, 'has no index')
    if (type.name === 'codec' || type.name === 'uuid' || type.name === 'boolean')
      this.#refuse(method, `is of a type without an order (${type.name})`)
  }

  #refuse(method: string, why: string): never {
    const { name, type, container, primaryKey } = this.#field
    const builder = type.name === 'codec' ? 'field(codec)' : `${type.name}()`
    const declared = `${name}: ${builder}${primaryKey ? '.primaryKey()' : ''}.index()`
    const advice =
      why === 'has no index' && !container
        ? `: write ${declared} in the model, and call reindex() for records that exist`
        : ''
    return refuse('no-index', `${this.#model}.${name} ${why}, which ${method} needs${advice}`)
  }
}
