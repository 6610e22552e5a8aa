import { ToolkitError } from '../../errors.ts'
import type { KitContext } from '../kit-context.ts'
import type { ContainerOptions, Containers } from './containers.ts'
import type { Hash } from './hash.ts'
import type { List } from './list.ts'
import type { RedisSet } from './redis-set.ts'
import { textOf } from './replies.ts'
import type { SortedSet } from './sorted-set.ts'
import type { Value } from './value.ts'

/** A container of a type that Redis tells apart. */
export type OpenedContainer<Out, In = Out> =
  | Hash<Out, In>
  | List<Out, In>
  | RedisSet<Out, In>
  | SortedSet<Out, In>
  | Value<Out, In>

/** Returns the container of a key by its type. */
export async function openContainer<Out, In>(
  kit: Containers,
  key: string,
  { commands }: KitContext,
  name: string,
  options: ContainerOptions<Out, In> | undefined,
): Promise<OpenedContainer<Out, In> | undefined> {
  const type = textOf(await commands.call('TYPE', [key]))
  switch (type) {
    case 'none':
      return undefined
    case 'hash':
      return kit.hash(name, options)
    case 'list':
      return kit.list(name, options)
    case 'set':
      return kit.set(name, options)
    case 'zset':
      return kit.sortedSet(name, options)
    case 'string':
      return kit.value(name, options)
    default:
      throw new ToolkitError(
        `The key '${key}' holds a ${type}, for which there is no container${type === 'stream' ? ': use Stream of onetrip/streams' : ''}`,
        { reason: 'wrong-type' },
      )
  }
}
