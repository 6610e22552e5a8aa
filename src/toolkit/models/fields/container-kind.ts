import type { Container } from '../../containers/container.ts'
import type { KitContext } from '../../kit-context.ts'

/** The facts of a container that is a field. */
export interface ContainerKind {
  /** Command that adds items to it. */
  readonly command: 'HSET' | 'RPUSH' | 'SADD' | 'ZADD'
  /** Returns the container of a record. */
  open(context: KitContext, name: string): Container
  /** Returns items as arguments of the command. @throws OptionError */
  encode(items: unknown): (string | Buffer)[]
}
