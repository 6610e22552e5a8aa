import type { EvictionStats } from './data/eviction.ts'
import type { KeyspaceStats } from './data/keyspace-stats.ts'

/** Memory of a server without keys, in bytes, as far as it counts for `maxmemory`. */
const BASE_MEMORY = 64 * 1024

/** Counts for INFO. */
export class ServerStats implements KeyspaceStats, EvictionStats {
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

  /** Estimated memory, in bytes: compared with `maxmemory`, and answered by INFO. */
  get usedMemory(): number {
    return BASE_MEMORY + this.memory
  }

  /** Forgets all but what exists now, for CONFIG RESETSTAT. */
  reset(): void {
    this.commands = 0
    this.inputBytes = 0
    this.outputBytes = 0
    this.rejectedConnections = 0
    this.keyspaceHits = 0
    this.keyspaceMisses = 0
    this.expiredKeys = 0
    this.evictedKeys = 0
    this.peakMemory = this.memory
    this.errors.clear()
  }

  /** @param reply an error */
  countError(reply: string): void {
    const code = codeOf(reply)
    this.errors.set(code, (this.errors.get(code) ?? 0) + 1)
  }

  /** Takes back the count of an error that is counted again: a script answers that of a command. */
  uncountError(reply: string): void {
    const code = codeOf(reply)
    const count = this.errors.get(code) ?? 0
    if (count > 1) this.errors.set(code, count - 1)
    else this.errors.delete(code)
  }
}

function codeOf(reply: string): string {
  return reply.slice(1, Math.max(1, reply.search(/[ \r]/)))
}
