import { OptionError } from '../errors.ts'
import type { CommandClient } from '../redis/command-client.ts'
import { keySlot } from '../redis/slot.ts'

/**
 * Checks that a cluster has keys on one node, before they are sent.
 *
 * @param owner the subject of the message
 * @throws OptionError
 */
export function checkOneSlot(client: CommandClient, owner: string, keys: readonly string[]): void {
  if (keys.length < 2 || !client.isCluster) return
  const slots = new Set(keys.map((key) => keySlot(client.keyPrefix + key)))
  if (slots.size === 1) return
  throw new OptionError(
    `${owner}: in a Redis Cluster keys that are used together must be in one slot: ` +
      `give them the same part in braces, such as {shop}:${keys[0]} and {shop}:${keys[1]}`,
  )
}
