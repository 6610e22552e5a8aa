/** Counts of the keys of the whole server. */
export interface KeyspaceStats {
  keyspaceHits: number
  keyspaceMisses: number
  expiredKeys: number
  /** Estimated memory of all keys, in bytes. */
  memory: number
}
