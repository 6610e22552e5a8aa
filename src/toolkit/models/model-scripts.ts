import { ToolkitError } from '../../errors.ts'
import type { ScriptText } from '../../redis/script-text.ts'
import { flatOf, integerOf, listOf } from '../containers/replies.ts'
import { familyKey, type KitContext, scriptKeys } from '../kit-context.ts'
import { refusalOf } from '../refusal.ts'
import { checkSearched } from './batch-of.ts'
import { refuse } from './model-errors.ts'
import { type ModelSchema, readSchema } from './model-schema.ts'
import type { QueryHost, StepReply } from './query/query.ts'
import type { QueryStep } from './query/query-step.ts'
import { decodeRecord } from './record-codec.ts'
import { QUERY } from './scripts/query.ts'
import { WRITE } from './scripts/write.ts'

type Argument = string | Buffer

/** A record that was written. */
export interface Written {
  readonly id: string
  readonly version: string
}

/** Runs the scripts of a model. */
export class ModelScripts<R extends object> implements QueryHost<R> {
  readonly schema: ModelSchema
  /** Begin of all keys of the model. */
  readonly key: string
  readonly #context: KitContext
  /** The key without the prefix of the toolkit: begin of the names of containers. */
  readonly #base: string

  /** @throws OptionError */
  constructor(context: KitContext, name: string, fields: unknown) {
    this.key = familyKey(context, 'model', name)
    this.#base = familyKey({ ...context, prefix: '' }, 'model', name)
    this.#context = context
    this.schema = readSchema(name, fields)
  }

  get fields(): ModelSchema['fields'] {
    return this.schema.fields
  }

  async run(script: ScriptText, args: readonly Argument[]): Promise<unknown> {
    const { spec, name } = this.schema
    try {
      return await this.#context.commands.runBuffer(script, scriptKeys(this.#context, this.key), [
        spec,
        ...args,
      ])
    } catch (error) {
      throw refusalOf(error, `The model '${name}'`, 'part of a model')
    }
  }

  /** @throws ModelError (`conflict`, `duplicate`, `not-found`), OptionError */
  async write(records: readonly (readonly Argument[])[]): Promise<Written[]> {
    if (records.length === 0) return []
    if (this.schema.stored.some(({ search }) => search)) checkSearched(this.schema.name, records)
    const reply = listOf(await this.run(WRITE, records.flat()))
    if (Number(reply[0]) === 1) this.#refuseWrite(reply, records)
    const written: Written[] = []
    for (let at = 1; at + 1 < reply.length; at += 2)
      written.push({ id: String(reply[at]), version: String(reply[at + 1]) })
    return written
  }

  decode(id: string, hash: readonly unknown[]): R {
    return decodeRecord(this.schema, this.#context, this.key, this.#base, id, hash) as R
  }

  async step(
    step: QueryStep,
    cursor: readonly Argument[],
    values: readonly Argument[],
  ): Promise<StepReply<R>> {
    const reply = listOf(await this.run(QUERY, [JSON.stringify(step), ...cursor, ...values]))
    const [more, number, leaf, skip, score, member, ...found] = reply
    if (Number(more) === -1) this.#refuseNegation()
    const records: R[] = []
    for (let at = 0; at + 1 < found.length; at += 2)
      records.push(this.decode(String(found[at]), flatOf(found[at + 1])))
    return {
      more: Number(more) === 1,
      number: integerOf(number),
      leaf: integerOf(leaf),
      skip: integerOf(skip),
      score: score as Buffer,
      member: member as Buffer,
      records,
    }
  }

  #refuseNegation(): never {
    throw new ToolkitError(
      `The model '${this.schema.name}': not() of a search needs all that it finds, which is more than a search ` +
        "considers. Exclude the words in the query, as in search('redis -lua'), or search for less",
      { reason: 'too-large' },
    )
  }

  /** Throws what a script found wrong with a record. */
  #refuseWrite(reply: readonly unknown[], records: readonly (readonly Argument[])[]): never {
    const [, kind, place, field, other] = reply
    const id = String(records[Number(place)]?.[1])
    if (String(kind) === 'not-found') return this.refuseMissing(id)
    if (String(kind) === 'duplicate') return this.refuseDuplicate(String(field), String(other))
    return refuse(
      'conflict',
      `${this.schema.name} '${id}' was changed since it was loaded: load it again, apply the change, and save; ` +
        'or use update() or increment(), which change some fields of whatever is stored',
    )
  }

  /** @throws ModelError (`not-found`) always */
  refuseMissing(id: string): never {
    return refuse('not-found', `There is no ${this.schema.name} '${id}'`)
  }

  /** @throws ModelError (`duplicate`) always */
  refuseDuplicate(field: string, other: string): never {
    const { name, primaryKey } = this.schema
    if (field === primaryKey.name) return refuse('duplicate', `There is a ${name} '${other}' already`)
    const holder = other.startsWith(' ') ? 'another one of the same call' : `'${other}'`
    return refuse('duplicate', `${name}.${field} must be unique: ${holder} has this value`)
  }
}
