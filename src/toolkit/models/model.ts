import type { Duration } from '../../options/duration.ts'
import { show } from '../../options/show.ts'
import { flatOf, listOf } from '../containers/replies.ts'
import type { KitContext } from '../kit-context.ts'
import { readLife } from '../read-life.ts'
import { batchOf } from './batch-of.ts'
import type {
  Changes,
  KeyOf,
  ModelFields,
  NewRecord,
  NumericNames,
  RecordOf,
  TraitsOf,
} from './fields/record-of.ts'
import { incrementField } from './increment.ts'
import { refuse } from './model-errors.ts'
import { ModelScripts } from './model-scripts.ts'
import { checkExpression, type Expression } from './query/expression.ts'
import { FieldRef, type FieldRefOf } from './query/field-ref.ts'
import { Query } from './query/query.ts'
import { searchAll } from './query/search-all.ts'
import { encodeAskedId, encodeChanges, encodeNew, encodeRecord } from './record-codec.ts'
import { type RecordState, remember, stateOf } from './record-states.ts'
import { type ReindexOptions, reindexModel } from './reindex.ts'
import { EXPIRE, READ, REMOVE } from './scripts/write.ts'

/** The fields of a model, as queries use them. */
export type ModelRefs<Fields extends ModelFields> = {
  readonly [K in keyof Fields]: FieldRefOf<TraitsOf<Fields[K]>>
}

/** The record type of a model: `type User = InferModel<typeof User>`. */
export type InferModel<M> = M extends Model<infer Fields> ? RecordOf<Fields> : never

/**
 * Records of one kind, with indexes. Each call that writes is one script: records and their indexes
 * change together, or not at all.
 *
 * @example
 * ```ts
 * const User = kit.model('user', {
 *   id: uuid().primaryKey(),
 *   name: text().index(),
 *   age: integer().index(),
 * })
 * const ann = await User.create({ name: 'Ann', age: 31 })
 * ann.age++
 * await User.save(ann)
 * ```
 */
export class Model<Fields extends ModelFields> {
  readonly #scripts: ModelScripts<RecordOf<Fields>>
  /** The fields, as queries use them. Those that no method is named like are properties, too. */
  readonly fields: ModelRefs<Fields>

  /** @internal */
  constructor(context: KitContext, name: string, fields: Fields) {
    this.#scripts = new ModelScripts(context, name, fields)
    const { schema, key } = this.#scripts
    const refs = [...schema.fields.values()].map((field) => [field.name, new FieldRef(key, name, field)])
    this.fields = Object.freeze(Object.fromEntries(refs)) as ModelRefs<Fields>
  }

  /** Begin of the keys of the model, without the keyPrefix of the client. */
  get key(): string {
    return this.#scripts.key
  }

  /**
   * Creates a record.
   *
   * @throws ModelError (`invalid`, `duplicate`)
   */
  async create(values: NewRecord<Fields>): Promise<RecordOf<Fields>> {
    const [record] = await this.createMany([values])
    return record as RecordOf<Fields>
  }

  /** Creates records in one trip, all or none; at most 5,000. @throws ModelError */
  async createMany(values: Iterable<NewRecord<Fields>>): Promise<RecordOf<Fields>[]> {
    const { schema } = this.#scripts
    const args = batchOf('createMany', values).map((one) => encodeNew(schema, one))
    const written = await this.#scripts.write(args)
    return written.map(({ id, version }, n) => {
      const [, , count, ...pairs] = args[n] ?? []
      const hash = pairs.slice(0, 2 * Number(count)).map((part) => Buffer.from(part))
      return this.#scripts.decode(id, [':v', Buffer.from(version), ...hash])
    })
  }

  /**
   * Returns the record of a primary key.
   *
   * @throws ModelError (`not-found`), also for text or a number that no key can be, such as `'abc'`
   * of a `uuid()`; `invalid` for a value of another type
   */
  async load(id: KeyOf<Fields>): Promise<RecordOf<Fields>> {
    const [record] = await this.loadMany([id])
    return record ?? this.#scripts.refuseMissing(String(id))
  }

  /** Returns the records of primary keys in one trip, undefined for those that do not exist. */
  async loadMany(ids: Iterable<KeyOf<Fields>>): Promise<(RecordOf<Fields> | undefined)[]> {
    const keys = batchOf('loadMany', ids).map((id) => encodeAskedId(this.#scripts.schema, id))
    const asked = keys.filter((id) => id !== undefined)
    const reply = asked.length === 0 ? [] : listOf(await this.#scripts.run(READ, asked))
    const hashes = new Map(asked.map((id, n) => [id, flatOf(reply[n])]))
    return keys.map((id) => {
      const hash = id === undefined ? [] : (hashes.get(id) ?? [])
      return id === undefined || hash.length === 0 ? undefined : this.#scripts.decode(id, hash)
    })
  }

  /** Returns true if there is a record of this primary key. */
  async has(id: KeyOf<Fields>): Promise<boolean> {
    const [record] = await this.loadMany([id])
    return record !== undefined
  }

  /** Returns the only record that meets a condition. @throws ModelError (`not-found`, `several`) */
  async get(expression: Expression): Promise<RecordOf<Fields>> {
    const [record, another] = await this.where(expression).limit(2).toArray()
    const { name } = this.#scripts.schema
    if (record === undefined) return refuse('not-found', `No ${name} meets the condition of get()`)
    if (another === undefined) return record
    return refuse('several', `More than one ${name} meets the condition of get(): find() returns the first`)
  }

  /** Returns the first record that meets a condition; undefined if none does. */
  async find(expression: Expression): Promise<RecordOf<Fields> | undefined> {
    return this.where(expression).first()
  }

  /** Returns a query of all records. */
  all(): Query<RecordOf<Fields>> {
    return new Query(this.#scripts)
  }

  /** Returns a query of the records that meet a condition. @throws OptionError */
  where(expression: Expression): Query<RecordOf<Fields>> {
    return this.all().where(expression)
  }

  /**
   * Returns a query of the records that have words in one of the fields with `search()`, the most
   * relevant first (BM25) where it has no other order. At most 10,000 records of each field are
   * considered.
   *
   * @throws ModelError (`no-index`)
   *
   * @example
   * ```ts
   * const posts = await Post.search('redis "full text"
   * -lua').where(Post.isPublic.eq(true)).toArray()
   * ```
   */
  search(words: string): Query<RecordOf<Fields>> {
    return this.where(searchAll(this.#scripts.schema, this.key, words))
  }

  /** Returns the number of records, or of those that meet a condition. */
  async count(expression?: Expression): Promise<number> {
    return (expression === undefined ? this.all() : this.where(expression)).count()
  }

  /**
   * Saves a record that was loaded or created, unless it was changed in Redis since.
   *
   * @returns the record, which may be saved again
   * @throws ModelError (`conflict`, `duplicate`, `invalid`, `not-found`, `primary-key`)
   */
  async save(record: RecordOf<Fields>): Promise<RecordOf<Fields>> {
    await this.saveMany([record])
    return record
  }

  /** Saves records in one trip, all or none; at most 5,000. @throws ModelError */
  async saveMany(records: Iterable<RecordOf<Fields>>): Promise<void> {
    const { schema, key } = this.#scripts
    const all = batchOf('saveMany', records)
    const args = all.map((record) => {
      const { id, version } = this.#stateOf('save', record)
      return encodeRecord(schema, id, version, record)
    })
    const written = await this.#scripts.write(args)
    for (const [n, record] of all.entries()) {
      const one = written[n]
      if (one) remember(record, { model: key, ...one })
    }
  }

  /**
   * Changes some fields of a record.
   *
   * @param target a primary key; or a record, which must not have been changed since it was read
   * @returns the record as it is stored
   * @throws ModelError (`conflict`, `duplicate`, `invalid`, `not-found`, `primary-key`)
   */
  async update(
    target: KeyOf<Fields> | RecordOf<Fields>,
    changes: Changes<Fields>,
  ): Promise<RecordOf<Fields>> {
    const { schema } = this.#scripts
    const { id, version } = this.#targetOf('update', target) ?? this.#scripts.refuseMissing(String(target))
    await this.#scripts.write([encodeChanges(schema, id, version, changes)])
    const [hash] = listOf(await this.#scripts.run(READ, [id]))
    const stored = flatOf(hash)
    return stored.length === 0 ? this.#scripts.refuseMissing(id) : this.#scripts.decode(id, stored)
  }

  /** Deletes a record with its containers. @returns false if there was none */
  async delete(target: KeyOf<Fields> | RecordOf<Fields>): Promise<boolean> {
    const found = this.#targetOf('delete', target)
    return found !== undefined && Number(await this.#scripts.run(REMOVE, [found.id])) > 0
  }

  /** Deletes the records that meet a condition, some at a time. @returns how many */
  async deleteWhere(expression: Expression): Promise<number> {
    return this.where(checkExpression(expression, this.key)).delete()
  }

  /** Deletes all records, some at a time. @returns how many */
  async clear(): Promise<number> {
    return this.all().delete()
  }

  /**
   * Adds to a number of a record, whatever it is at that time. `null` counts as 0.
   *
   * @returns the number after that
   * @throws ModelError (`duplicate`, `invalid`, `not-found`)
   */
  async increment(
    target: KeyOf<Fields> | RecordOf<Fields>,
    field: NumericNames<Fields> & string,
    by = 1,
  ): Promise<number> {
    const { id } = this.#targetOf('increment', target) ?? this.#scripts.refuseMissing(String(target))
    return incrementField(this.#scripts, id, field, by)
  }

  /**
   * Lets a record expire with its containers, unless it is changed by another `expire` or
   * `persist`.
   *
   * @returns false if there is no such record
   * @throws DurationError
   */
  async expire(target: KeyOf<Fields> | RecordOf<Fields>, after: Duration): Promise<boolean> {
    const ms = String(readLife(after, `${this.#scripts.schema.name}: expire`))
    return this.#setLife(this.#targetOf('expire', target), ms)
  }

  /** Lets a record live on without an end. @returns false if there is no such record */
  async persist(target: KeyOf<Fields> | RecordOf<Fields>): Promise<boolean> {
    return this.#setLife(this.#targetOf('persist', target), '')
  }

  /**
   * Gives the records that exist what the model says now: their entries in indexes that were added
   * later, and the values of fields that they lack. It may run while the model is used.
   *
   * @returns the number of records
   * @throws ModelError (`duplicate`) if a field became unique that is not
   *
   * @example
   * ```ts
   * await User.reindex({ onProgress: ({ done, total }) => console.log(`${done} of ${total}`) })
   * ```
   */
  async reindex(options: ReindexOptions = {}): Promise<number> {
    return reindexModel(this.#scripts, options)
  }

  async #setLife(target: RecordState | undefined, ms: string): Promise<boolean> {
    return target !== undefined && Number(await this.#scripts.run(EXPIRE, [target.id, ms])) === 1
  }

  /** @returns undefined for a value that no record has as its key */
  #targetOf(method: string, target: unknown): RecordState | undefined {
    if (typeof target === 'object' && target !== null) return this.#stateOf(method, target)
    const id = encodeAskedId(this.#scripts.schema, target)
    return id === undefined ? undefined : { model: this.key, id, version: '' }
  }

  #stateOf(method: string, record: unknown): RecordState {
    const { name } = this.#scripts.schema
    const state = typeof record === 'object' && record !== null ? stateOf(record) : undefined
    if (!state)
      return refuse(
        'invalid',
        `${name}: ${method} takes a record that the model returned, not a copy of it; got ${show(record)}. ` +
          'Change the record itself, or use update(id, changes)',
      )
    if (state.model !== this.key)
      return refuse('invalid', `${name}: ${method} got a record of the model '${state.model}'`)
    return state
  }
}
