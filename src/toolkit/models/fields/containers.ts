import { OptionError } from '../../../errors.ts'
import { isPlainObject, show } from '../../../options/show.ts'
import { type Codec, encodeArgument } from '../../codec/codec.ts'
import { Hash } from '../../containers/hash.ts'
import { List } from '../../containers/list.ts'
import type { NamedValues } from '../../containers/named-values.ts'
import { RedisSet } from '../../containers/redis-set.ts'
import { SortedSet } from '../../containers/sorted-set.ts'
import { itemCodec } from './builders.ts'
import type { ContainerKind } from './container-kind.ts'
import { Field } from './field.ts'
import { TEXT } from './field-type.ts'
import type { ContainerTraits, FieldTraits } from './traits.ts'

/** The items of a container: a field without options, such as `text()`, or a codec. */
export type ItemType<Out, In = Out> = Codec<Out, In> | Field<FieldTraits & { value: Out; input: In }>

/**
 * Creates a field that is a hash of each record. It is deleted with the record.
 *
 * @throws OptionError
 */
export function hashOf<Out, In = Out>(
  values: ItemType<Out, In>,
): Field<ContainerTraits<Hash<Out, In>, NamedValues<In>>> {
  const codec = itemCodec('hashOf', values) as Codec<Out, In>
  return containerField('hashOf', {
    command: 'HSET',
    open: (context, name) => new Hash(context, name, codec),
    encode: (items) =>
      pairsOf('hashOf', items).flatMap(([name, value]) => [String(name), encodeArgument(codec, value as In)]),
  })
}

/**
 * Creates a field that is a list of each record. It is deleted with the record.
 *
 * @throws OptionError
 */
export function listOf<Out, In = Out>(
  items: ItemType<Out, In>,
): Field<ContainerTraits<List<Out, In>, Iterable<In>>> {
  const codec = itemCodec('listOf', items) as Codec<Out, In>
  return containerField('listOf', {
    command: 'RPUSH',
    open: (context, name) => new List(context, name, codec),
    encode: (values) => itemsOf('listOf', values).map((value) => encodeArgument(codec, value as In)),
  })
}

/**
 * Creates a field that is a set of each record. It is deleted with the record.
 *
 * @throws OptionError
 *
 * @example
 * ```ts
 * const Post = kit.model('post', { id: uuid().primaryKey(), tags: setOf(text()) })
 * const post = await Post.create({ tags: ['redis', 'node'] })
 * await post.tags.has('redis')
 * ```
 */
export function setOf<Out, In = Out>(
  items: ItemType<Out, In>,
): Field<ContainerTraits<RedisSet<Out, In>, Iterable<In>>> {
  const codec = itemCodec('setOf', items) as Codec<Out, In>
  return containerField('setOf', {
    command: 'SADD',
    open: (context, name) => new RedisSet(context, name, codec),
    encode: (values) => itemsOf('setOf', values).map((value) => encodeArgument(codec, value as In)),
  })
}

/**
 * Creates a field that is a sorted set of each record. It is deleted with the record. Items of a
 * new record are pairs of value and score.
 *
 * @throws OptionError
 */
export function sortedSetOf<Out, In = Out>(
  items: ItemType<Out, In>,
): Field<ContainerTraits<SortedSet<Out, In>, Iterable<readonly [value: In, score: number]>>> {
  const codec = itemCodec('sortedSetOf', items) as Codec<Out, In>
  return containerField('sortedSetOf', {
    command: 'ZADD',
    open: (context, name) => new SortedSet(context, name, codec),
    encode: (values) =>
      pairsOf('sortedSetOf', values).flatMap(([value, score]) => [
        scoreOf(score),
        encodeArgument(codec, value as In),
      ]),
  })
}

function scoreOf(score: unknown): string {
  if (Number.isFinite(score)) return String(score)
  throw new OptionError(`sortedSetOf: a score must be a number; got ${show(score)}`)
}

function containerField<T extends FieldTraits>(name: string, container: ContainerKind): Field<T> {
  return new Field<T>({ type: { ...TEXT, name }, container })
}

function pairsOf(owner: string, items: unknown): [unknown, unknown][] {
  return isPlainObject(items) ? Object.entries(items) : (itemsOf(owner, items) as [unknown, unknown][])
}

function itemsOf(owner: string, items: unknown): unknown[] {
  if (typeof items === 'object' && items !== null && Symbol.iterator in items)
    return [...(items as Iterable<unknown>)]
  throw new OptionError(`${owner} takes the items of a new record as an array or a set; got ${show(items)}`)
}
