import { OptionError } from '../../../errors.ts'
import { show } from '../../../options/show.ts'
import type { SearchNode } from '../../text/query/compile-query.ts'

/** Operators on one field. */
export type Operator = 'eq' | 'in' | 'lt' | 'lte' | 'gt' | 'gte' | 'between' | 'null' | 'begins'

/** An expression as a tree. */
export type ExpressionNode =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly ExpressionNode[] }
  | { readonly kind: 'not'; readonly part: ExpressionNode }
  /** A query that is undefined finds nothing. */
  | { readonly kind: 'search'; readonly field: string; readonly query: SearchNode | undefined }
  | {
      readonly kind: 'field'
      readonly field: string
      readonly operator: Operator
      /** Stored forms. */
      readonly values: readonly (string | Buffer)[]
    }

/**
 * A condition on records of a model, made by its fields: `User.age.gt(18)`.
 *
 * @example
 * ```ts
 * User.where(User.age.between(18, 30).and(User.name.eq('Ann').or(User.name.eq('Bob'))))
 * ```
 */
export class Expression {
  /** @internal */
  readonly node: ExpressionNode
  /** Key of the model. @internal */
  readonly model: string

  /** @internal */
  constructor(model: string, node: ExpressionNode) {
    this.model = model
    this.node = node
  }

  /** Is met by records that meet this expression and all of the others. */
  and(...others: Expression[]): Expression {
    return this.#join('and', others)
  }

  /** Is met by records that meet this expression or one of the others. */
  or(...others: Expression[]): Expression {
    return this.#join('or', others)
  }

  /** Is met by records that do not meet this expression. */
  not(): Expression {
    return new Expression(this.model, { kind: 'not', part: this.node })
  }

  #join(kind: 'and' | 'or', others: readonly Expression[]): Expression {
    const nodes = [this.node, ...others.map((other) => checkExpression(other, this.model).node)]
    // Flat, since a loop may join thousands: JSON of Redis nests 1,000 at most.
    const parts = nodes.flatMap((node) => (node.kind === kind ? node.parts : [node]))
    return new Expression(this.model, { kind, parts })
  }
}

/** Order of the records of a query, made by a field: `User.age.desc()`. */
export class Order {
  /** @internal */
  readonly model: string
  /** @internal */
  readonly field: string
  /** @internal */
  readonly descending: boolean

  /** @internal */
  constructor(model: string, field: string, descending: boolean) {
    this.model = model
    this.field = field
    this.descending = descending
  }
}

/** @throws OptionError */
export function checkExpression(value: unknown, model: string): Expression {
  if (!(value instanceof Expression))
    throw new OptionError(`A query takes expressions such as User.age.gt(18); got ${show(value)}`)
  if (value.model !== model)
    throw new OptionError(`An expression of the model '${value.model}' is not one of '${model}'`)
  return value
}

/** @throws OptionError */
export function checkOrder(value: unknown, model: string): Order {
  if (!(value instanceof Order))
    throw new OptionError(`orderBy takes User.age.asc() or User.age.desc(); got ${show(value)}`)
  if (value.model !== model)
    throw new OptionError(`An order of the model '${value.model}' is not one of '${model}'`)
  return value
}
