import type { SearchNode } from '../../text/query/compile-query.ts'
import type { NamedField } from '../model-schema.ts'
import type { ExpressionNode, Order } from './expression.ts'

/** Number of arguments of the script before the values of the expression. */
const BEFORE_VALUES = 4

/** An expression as the script takes it. `v` has places in ARGV. */
type ScriptNode =
  | { readonly o: 'and' | 'or' | 'not'; readonly p: readonly ScriptNode[] }
  /** A search, by its place in `searches`, from 1. */
  | { readonly s: number }
  | {
      readonly o: string
      /** Name of the field. */
      readonly f: string
      readonly k: 'n' | 'b'
      readonly v: readonly number[]
      /** Number of the leaf, from 1. */
      readonly n: number
      /** True if the values are ids. */
      readonly id?: true
    }

/** A query as the script takes it, in JSON. */
export interface QueryStep {
  readonly mode: 'records' | 'count' | 'delete'
  readonly where?: ScriptNode | undefined
  readonly order?: { readonly f: string; readonly k: 'n' | 'b'; readonly d: boolean } | undefined
  /** Searches of the expression. One without a query finds nothing. */
  readonly searches: CompiledQuery['searches']
  /** Fields that the expression and the order read. */
  readonly fields: readonly string[]
  readonly skip: number
  /** Most records of all steps that are left. */
  readonly limit: number
  /** Most records of a step that walks an index. */
  readonly batch: number
  /** The leaf whose index is walked, 0 for the index of all; undefined for the first step. */
  readonly leaf?: number | undefined
}

/** The part of a query that all of its steps share. */
export interface CompiledQuery {
  readonly where: ScriptNode | undefined
  readonly order: QueryStep['order']
  readonly fields: readonly string[]
  readonly searches: readonly { readonly f: string; readonly q: SearchNode | undefined }[]
  readonly values: readonly (string | Buffer)[]
}

/** Compiles an expression and an order. */
export function compileQuery(
  fields: ReadonlyMap<string, NamedField>,
  node: ExpressionNode | undefined,
  order: Order | undefined,
): CompiledQuery {
  const values: (string | Buffer)[] = []
  const names = new Set<string>()
  const searches: { f: string; q: SearchNode | undefined }[] = []
  let leaves = 0
  const kindOf = (name: string) => (fields.get(name)?.type.order === 'number' ? 'n' : 'b')
  const compile = (one: ExpressionNode): ScriptNode => {
    if (one.kind === 'not') return { o: 'not', p: [compile(one.part)] }
    if (one.kind === 'search') return { s: searches.push({ f: one.field, q: one.query }) }
    if (one.kind !== 'field') return { o: one.kind, p: one.parts.map(compile) }
    const { field, operator } = one
    names.add(field)
    leaves++
    const v = one.values.map((value) => values.push(value) + BEFORE_VALUES)
    const byId = fields.get(field)?.primaryKey && (operator === 'eq' || operator === 'in')
    return { o: operator, f: field, k: kindOf(field), v, n: leaves, ...(byId && { id: true }) }
  }
  const where = node && compile(node)
  if (order) names.add(order.field)
  return {
    where,
    order: order && { f: order.field, k: kindOf(order.field), d: order.descending },
    fields: [...names],
    searches,
    values,
  }
}
