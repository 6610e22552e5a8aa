import { type Clock, processClock } from '../clock.ts'
import { OptionError } from '../errors.ts'
import { show } from '../options/show.ts'
import type { CommandClient } from '../redis/command-client.ts'
import type { Codec } from './codec/codec.ts'
import type { Commands } from './commands.ts'

/** A pipeline or a transaction, as a thing that was made in it sees it. */
export interface BatchPart {
  /** Keeps the batch from being sent: one of its calls was wrong. */
  spoil(error: unknown): void
  /** Returns the promise for the caller of a method. The batch reports its error, too. */
  deliver<T>(reply: Promise<T>): Promise<T>
}

/** The state that all things of one toolkit share. */
export interface KitContext {
  /** Sends commands: the client of the toolkit, or the batch in which a thing was made. */
  readonly commands: Commands
  /** The batch in which a thing was made; undefined if its commands are sent at once. */
  readonly batch?: BatchPart | undefined
  /** The connection, for blocking commands and batches. */
  readonly client: CommandClient
  /** Begin of each key. */
  readonly prefix: string
  /** Codec of containers that have none of their own. */
  readonly codec: Codec<unknown>
  readonly clock: Clock
}

export function createContext(client: CommandClient, prefix: string, codec: Codec<unknown>): KitContext {
  return { commands: client, client, prefix, codec, clock: processClock }
}

/**
 * Returns the key of a container: the prefix and the name, so that it may be the key of data that
 * are there already.
 *
 * @throws OptionError
 */
export function containerKey({ prefix }: KitContext, owner: string, name: unknown): string {
  return prefix + checkName(owner, name)
}

/**
 * Returns the begin of the keys of a thing that has several: `prefix`, its kind, and its name as a
 * hash tag, so that all of them are in one slot of a cluster. With a hash tag in the prefix, that
 * one counts.
 *
 * @throws OptionError
 */
export function familyKey({ prefix }: KitContext, kind: string, name: unknown): string {
  const checked = checkName(kind, name)
  if (/[{}]/.test(checked))
    throw new OptionError(`${kind}: the name must not contain braces; got ${show(checked)}`)
  return `${prefix}${kind}:{${checked}}`
}

/**
 * Returns the keys of a script that makes others from the first, with the same hash tag. In a
 * cluster there is a second one, which never exists: while the slot moves to another node, key by
 * key, Redis refuses a command with several keys one of which is missing. Without it the script
 * would begin, and fail half-way, or make keys that the other node has. The client repeats it.
 */
export function scriptKeys({ client }: KitContext, key: string): readonly string[] {
  return client.isCluster ? [key, `${key}:absent`] : [key]
}

/** @throws OptionError */
export function checkName(owner: string, name: unknown): string {
  if (typeof name === 'string' && name !== '') return name
  throw new OptionError(`${owner}: the name must be a string that is not empty; got ${show(name)}`)
}
