import { isClusterClient, type RedisCommandClient } from './client.ts'
import { keySlot } from './slot.ts'

/** A command of a batch. */
export interface BatchCommand {
  readonly command: string
  readonly args: readonly (string | Buffer)[]
  /** A key of it, without the keyPrefix of the client: in a cluster it goes to its node. */
  readonly key: string
}

/** The reply to a command of a batch, or its error. */
export type BatchReply = readonly [error: Error | null, reply: unknown]

/**
 * Sends commands in one write, for each node of a cluster one. Their order is kept on each node.
 *
 * @returns replies in the order of the commands; each string in them is a Buffer
 */
export async function sendPipeline(
  client: RedisCommandClient,
  commands: readonly BatchCommand[],
  keyPrefix: string,
): Promise<readonly BatchReply[]> {
  const replies: BatchReply[] = []
  const groups = isClusterClient(client)
    ? groupsOf(client, commands, keyPrefix)
    : [commands.map((_, at) => at)]
  await Promise.all(
    groups.map(async (places) => {
      const pipeline = client.pipeline()
      for (const { command, args } of places.map((at) => commands[at] as BatchCommand))
        pipeline.callBuffer(command, args as (string | Buffer)[])
      const all = (await pipeline.exec()) ?? []
      for (const [n, at] of places.entries()) replies[at] = all[n] ?? [new Error('There was no reply'), null]
    }),
  )
  return replies
}

/** Sends commands as a transaction (MULTI), of one slot in a cluster. Rejects if none was run. */
export async function sendTransaction(
  client: RedisCommandClient,
  commands: readonly BatchCommand[],
): Promise<readonly BatchReply[]> {
  const transaction = client.multi()
  for (const { command, args } of commands) transaction.callBuffer(command, args as (string | Buffer)[])
  const replies = await transaction.exec().catch((error: unknown) => {
    // Redis says that it discarded the transaction; the reason is the error of one of its commands.
    const { previousErrors: [reason] = [] } = error as { previousErrors?: unknown[] }
    throw reason ?? error
  })
  return replies ?? []
}

/** Returns the places of the commands of each node; of each slot, while the nodes are not known. */
function groupsOf(
  cluster: { readonly slots: readonly (readonly string[] | undefined)[] },
  commands: readonly BatchCommand[],
  keyPrefix: string,
): number[][] {
  const groups = new Map<string, number[]>()
  for (const [at, { key }] of commands.entries()) {
    const slot = keySlot(keyPrefix + key)
    const node = cluster.slots[slot]?.join(';') ?? String(slot)
    const group = groups.get(node)
    if (group) group.push(at)
    else groups.set(node, [at])
  }
  return [...groups.values()]
}
