import { OptionError, ToolkitError } from '../../errors.ts'
import { readCount, refuseOption } from '../../options/read-option.ts'
import { isPlainObject, show } from '../../options/show.ts'
import { refuseUnknownOptions } from '../../options/unknown-option.ts'
import { type AddManyOptions, inChunks, readAddMany } from '../add-many.ts'
import { type Codec, checkCodec } from '../codec/codec.ts'
import { Family } from '../family.ts'
import type { KitContext } from '../kit-context.ts'
import { type Condition, encodeConditions, type NamesOf, type Row } from './conditions.ts'
import { type GraphCodec, graphCodec } from './graph-codec.ts'
import { type EncodedTriple, firstMember, membersOf, rangeOf } from './members.ts'
import { SEARCH_GRAPH } from './search-script.ts'
import type { Triple } from './triple.ts'
import { TripleScan } from './triple-scan.ts'

/** Most triples that one search reads or looks for. */
const MAX_STEPS = 100_000
/** Most rows that one search holds at a time. */
const MAX_ROWS = 10_000

/** Options of `kit.graph`. */
export interface GraphOptions<Value> {
  /**
   * Codec of all values, which then sort by their bytes.
   *
   * @defaultValue none: values are text and numbers
   */
  readonly codec?: Codec<Value> | undefined
}

/** Given parts of triples. */
export interface TriplePattern<Value> {
  /** @defaultValue any */
  readonly subject?: Value | undefined
  /** @defaultValue any */
  readonly predicate?: Value | undefined
  /** @defaultValue any */
  readonly object?: Value | undefined
}

/** Options of `search` of a graph. */
export interface GraphSearchOptions<Name extends string = string> {
  /**
   * Variables by which the rows are sorted.
   *
   * @defaultValue all, in the order in which the conditions name them
   */
  readonly orderBy?: readonly Name[] | undefined
  /**
   * Most rows that are returned.
   *
   * @defaultValue Infinity
   */
  readonly limit?: number | undefined
}

/**
 * A graph of facts, each a subject, a predicate and an object: facts with any given parts are found
 * by one range of a sorted set, and a search joins them.
 *
 * @typeParam Value subjects, predicates and objects
 *
 * @example
 * ```ts
 * const graph = kit.graph('social')
 * await graph.add('charlie', 'friend', 'huey')
 * for await (const { object } of graph.match({ subject: 'charlie' })) console.log(object)
 * ```
 */
export class Graph<Value = string | number> extends Family {
  readonly #codec: GraphCodec<Value>

  /** @internal */
  constructor(context: KitContext, name: unknown, options: GraphOptions<Value> = {}) {
    super(context, 'graph', name)
    if (!isPlainObject(options))
      throw new OptionError(`graph takes an object of options; got ${show(options)}`)
    refuseUnknownOptions('graph', options, ['codec'])
    const { codec } = options
    this.#codec = graphCodec(codec === undefined ? undefined : checkCodec<Value, Value>('graph', codec))
  }

  /** Adds a fact. @returns false if it was there */
  add(subject: Value, predicate: Value, object: Value): Promise<boolean> {
    return this.send('ZADD', () => this.#added([[subject, predicate, object]]), isSome)
  }

  /** Adds facts, some at a time. @returns how many of them were new */
  async addMany(
    triples: Iterable<readonly [Value, Value, Value]> | AsyncIterable<readonly [Value, Value, Value]>,
    options: AddManyOptions = {},
  ): Promise<number> {
    this.refuseBatch('addMany')
    let members = 0
    await inChunks(triples, readAddMany(options), (chunk) => [
      this.send(
        'ZADD',
        () => this.#added(chunk),
        (added) => {
          members += Number(added)
        },
      ),
    ])
    return members / 3
  }

  /** Deletes a fact. @returns false if it was not there */
  delete(subject: Value, predicate: Value, object: Value): Promise<boolean> {
    return this.send('ZREM', () => membersOf(this.#encode(subject, predicate, object)), isSome)
  }

  /** Returns true if the fact is there. */
  has(subject: Value, predicate: Value, object: Value): Promise<boolean> {
    return this.send(
      'ZSCORE',
      () => [firstMember(this.#encode(subject, predicate, object))],
      (score) => score !== null && score !== undefined,
    )
  }

  /** Returns the number of facts. */
  size(): Promise<number> {
    return this.send(
      'ZCARD',
      () => [],
      (members) => Number(members) / 3,
    )
  }

  /** Deletes all facts. @returns false if there were none */
  clear(): Promise<boolean> {
    return this.send('UNLINK', () => [], isSome)
  }

  /**
   * Finds the facts with the given parts, to iterate over, or as an array: sorted by the parts that
   * are not given, in the order subject, predicate, object, or, from an object on, object, subject.
   *
   * @throws OptionError
   */
  match(pattern: TriplePattern<Value> = {}): TripleScan<Value> {
    this.refuseBatch('match')
    if (!isPlainObject(pattern))
      throw new OptionError(`match takes an object such as { subject, predicate }; got ${show(pattern)}`)
    refuseUnknownOptions('match', pattern, ['subject', 'predicate', 'object'])
    const { subject, predicate, object } = pattern as TriplePattern<Value>
    const parts = [subject, predicate, object].map((part) =>
      part === undefined ? undefined : this.#codec.encode(part),
    )
    const page = (from: Buffer, to: Buffer, count: number) =>
      this.send(
        'ZRANGEBYLEX',
        () => [from, to, 'LIMIT', '0', String(count)],
        (reply) => reply as Buffer[],
      )
    return new TripleScan(rangeOf(parts), page, (triple) => this.#decodeTriple(triple))
  }

  /**
   * Finds all combinations of values for the variables for which all conditions are facts. It is
   * one script, which reads at most 100,000 facts and holds at most 10,000 rows.
   *
   * @throws OptionError
   * @throws ToolkitError (`too-large`) if it would be more
   *
   * @example
   * ```ts
   * const [x, y] = [variable('x'), variable('y')]
   * // Who likes somebody who lives in Kansas?
   * const rows = await graph.search([[x, 'likes', y], [y, 'lives', 'Kansas']])
   * ```
   */
  search<const Conditions extends readonly Condition<Value>[]>(
    conditions: Conditions,
    options: GraphSearchOptions<NamesOf<Conditions[number]>> = {},
  ): Promise<Row<NamesOf<Conditions[number]>, Value>[]> {
    type Found = Row<NamesOf<Conditions[number]>, Value>
    let names: readonly string[] = []
    let order: readonly number[] = []
    let limit = Infinity
    return this.run(
      SEARCH_GRAPH,
      () => {
        const encoded = encodeConditions<Value>(conditions, this.#codec)
        names = encoded.names
        ;({ order, limit } = readSearchOptions(options, names))
        return [String(MAX_STEPS), String(MAX_ROWS), String(names.length), ...encoded.args]
      },
      (reply) => {
        if (!Array.isArray(reply)) throw this.#tooLarge()
        const rows = (reply as Buffer[][]).sort((one, other) => compareRows(one, other, order))
        return rows.slice(0, limit).map((row) => this.#decodeRow(names, row)) as Found[]
      },
    )
  }

  #encode(subject: Value, predicate: Value, object: Value): EncodedTriple {
    return [this.#codec.encode(subject), this.#codec.encode(predicate), this.#codec.encode(object)]
  }

  #added(triples: readonly (readonly [Value, Value, Value])[]): (string | Buffer)[] {
    return triples.flatMap((triple: unknown) => {
      if (!Array.isArray(triple) || triple.length !== 3)
        throw new OptionError(`A triple must be an array of three values; got ${show(triple)}`)
      const [subject, predicate, object] = triple as [Value, Value, Value]
      return membersOf(this.#encode(subject, predicate, object)).flatMap((member) => ['0', member])
    })
  }

  #decodeTriple([subject, predicate, object]: EncodedTriple): Triple<Value> {
    return {
      subject: this.decodeWith(this.#codec, subject),
      predicate: this.decodeWith(this.#codec, predicate),
      object: this.decodeWith(this.#codec, object),
    }
  }

  #decodeRow(names: readonly string[], row: readonly Buffer[]): Record<string, Value> {
    return Object.fromEntries(
      row.map((value, n): [string, Value] => [names[n] as string, this.decodeWith(this.#codec, value)]),
    )
  }

  #tooLarge(): ToolkitError {
    return new ToolkitError(
      `${this.owner}: the search comes upon more than ${MAX_STEPS} facts or ${MAX_ROWS} rows. ` +
        'Add a condition that fewer facts meet, or give more values',
      { reason: 'too-large' },
    )
  }
}

function readSearchOptions(
  options: unknown,
  names: readonly string[],
): { order: readonly number[]; limit: number } {
  if (!isPlainObject(options))
    throw new OptionError(`search takes an object of options; got ${show(options)}`)
  refuseUnknownOptions('search', options, ['orderBy', 'limit'], { order: 'orderBy', sort: 'orderBy' })
  const { orderBy = [], limit = Infinity } = options
  if (!Array.isArray(orderBy)) refuseOption('orderBy', 'an array of names of variables', orderBy)
  const first = orderBy.map((name) => {
    const at = names.indexOf(name)
    return at >= 0 ? at : refuseOption('orderBy', `an array of ${names.join(', ')}`, name)
  })
  return { order: [...first, ...names.keys()], limit: readCount('limit', limit, 0) }
}

function compareRows(one: readonly Buffer[], other: readonly Buffer[], order: readonly number[]): number {
  for (const at of order) {
    const difference = Buffer.compare(one[at] as Buffer, other[at] as Buffer)
    if (difference !== 0) return difference
  }
  return 0
}

const isSome = (reply: unknown) => Number(reply) > 0
