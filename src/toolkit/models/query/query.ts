import { OptionError } from '../../../errors.ts'
import { show } from '../../../options/show.ts'
import type { NamedField } from '../model-schema.ts'
import { checkExpression, checkOrder, type Expression, type Order } from './expression.ts'
import { type CompiledQuery, compileQuery, type QueryStep } from './query-step.ts'

/** Most records of a step that walks an index. */
const BATCH = 200
/** Stands for no limit: the largest number that both sides hold exactly. */
const NO_LIMIT = Number.MAX_SAFE_INTEGER

/** Reply of a step. */
export interface StepReply<R> {
  readonly more: boolean
  readonly number: number
  readonly leaf: number
  readonly skip: number
  readonly score: string | Buffer
  readonly member: string | Buffer
  readonly records: readonly R[]
}

/** The model of a query. */
export interface QueryHost<R> {
  readonly key: string
  readonly fields: ReadonlyMap<string, NamedField>
  step(
    step: QueryStep,
    cursor: readonly (string | Buffer)[],
    values: readonly (string | Buffer)[],
  ): Promise<StepReply<R>>
}

interface QueryParts {
  readonly where?: Expression | undefined
  readonly order?: Order | undefined
  readonly limit?: number
  readonly offset?: number
}

/**
 * A query of a model: an async iterable of records. It is sent when it is iterated, or by
 * `toArray`, `first` and `count`. Each method returns a new query.
 *
 * It reads at most 1,000 records at a time. Without `orderBy` they are in the order of their
 * creation, as equal ones are with it. Records that stay as they are while a query is iterated come
 * once.
 *
 * @example
 * ```ts
 * for await (const user of User.where(User.age.gte(18)).orderBy(User.age.desc()).limit(10))
 *   console.log(user.name)
 * ```
 */
export class Query<R> implements AsyncIterable<R> {
  readonly #host: QueryHost<R>
  readonly #parts: QueryParts

  /** @internal */
  constructor(host: QueryHost<R>, parts: QueryParts = {}) {
    this.#host = host
    this.#parts = parts
  }

  /** Returns the query with one more condition. @throws OptionError */
  where(expression: Expression): Query<R> {
    checkExpression(expression, this.#host.key)
    return this.#with({ where: this.#parts.where ? this.#parts.where.and(expression) : expression })
  }

  /** Returns the query in another order. @throws OptionError */
  orderBy(order: Order): Query<R> {
    return this.#with({ order: checkOrder(order, this.#host.key) })
  }

  /** Returns the query with at most so many records. @throws OptionError */
  limit(count: number): Query<R> {
    return this.#with({ limit: checkCount('limit', count) })
  }

  /** Returns the query without so many of its first records. @throws OptionError */
  offset(count: number): Query<R> {
    return this.#with({ offset: checkCount('offset', count) })
  }

  /** Returns all records of the query. */
  async toArray(): Promise<R[]> {
    const records: R[] = []
    for await (const step of this.#steps('records')) records.push(...step.records)
    return records
  }

  /** Returns the first record; undefined if there is none. */
  async first(): Promise<R | undefined> {
    for await (const record of this.limit(Math.min(1, this.#parts.limit ?? 1))) return record
    return undefined
  }

  /** Returns the number of records that meet the conditions, whatever limit and offset are. */
  async count(): Promise<number> {
    let count = 0
    for await (const { number } of this.#steps('count')) count += number
    return count
  }

  /** Deletes the records that meet the conditions. @internal */
  async delete(): Promise<number> {
    let count = 0
    for await (const { number } of this.#steps('delete')) count += number
    return count
  }

  /** Yields the records. */
  async *[Symbol.asyncIterator](): AsyncGenerator<R, void, void> {
    for await (const { records } of this.#steps('records')) yield* records
  }

  async *#steps(mode: QueryStep['mode']): AsyncGenerator<StepReply<R>, void, void> {
    const { where, order } = this.#parts
    const sorted = mode === 'records' ? order : undefined
    const query: CompiledQuery = compileQuery(this.#host.fields, where?.node, sorted)
    const isPage = mode === 'records'
    let limit = (isPage ? this.#parts.limit : undefined) ?? NO_LIMIT
    let skip = (isPage ? this.#parts.offset : undefined) ?? 0
    let cursor: readonly (string | Buffer)[] = ['', '']
    let leaf: number | undefined
    while (limit > 0) {
      const { values, ...shared } = query
      const reply = await this.#host.step(
        { ...shared, mode, skip, limit, batch: BATCH, leaf },
        cursor,
        values,
      )
      yield reply
      if (!reply.more) return
      limit -= isPage ? reply.number : 0
      skip = reply.skip
      leaf = reply.leaf
      cursor = [reply.score, reply.member]
    }
  }

  #with(parts: QueryParts): Query<R> {
    return new Query(this.#host, { ...this.#parts, ...parts })
  }
}

/** @throws OptionError */
function checkCount(method: string, count: unknown): number {
  if (Number.isSafeInteger(count) && (count as number) >= 0) return count as number
  throw new OptionError(`${method} takes a whole number of at least 0; got ${show(count)}`)
}
