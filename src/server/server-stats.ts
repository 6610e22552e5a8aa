import type { KeyspaceStats } from './data/database.ts'

/** Counts for INFO. */
export class ServerStats implements KeyspaceStats {
  readonly startedAt = Date.now()
  commands = 0
  inputBytes = 0
  outputBytes = 0
  rejectedConnections = 0
  keyspaceHits = 0
  keyspaceMisses = 0
  expiredKeys = 0
  evictedKeys = 0
  memory = 0
  peakMemory = 0
  /** Changes of keys. */
  dirty = 0
  /** Error replies by their codes. */
  readonly errors = new Map<string, number>()
}
