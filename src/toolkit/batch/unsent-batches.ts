import type { CommandClient } from '../../redis/command-client.ts'

/** A batch that was not sent, though a caller waits for a reply of it. */
export interface UnsentBatch {
  /** Rejects what waits for it, and ends its timer. */
  abandon(cause: unknown): void
}

const unsent = new WeakMap<CommandClient, Set<UnsentBatch>>()

/** Returns the batches of a toolkit that were not sent. */
export function unsentBatches(client: CommandClient): Set<UnsentBatch> {
  const known = unsent.get(client) ?? new Set()
  unsent.set(client, known)
  return known
}

/** Ends the waits of a toolkit that is closed. */
export function abandonBatches(client: CommandClient): void {
  for (const batch of [...unsentBatches(client)]) batch.abandon(client.closedError())
}
