import type { Config } from './config.ts'

/**
 * Sizes up to which Redis stores a container compactly. They decide what OBJECT ENCODING answers,
 * that a small set of integers is answered in order, and what `MAXLEN ~` removes from a stream.
 * They follow CONFIG SET.
 */
export class EncodingLimits {
  hashEntries = 0
  /** In bytes. */
  hashValue = 0
  setIntegers = 0
  /** Entries of a node of a stream; 0 without a limit. */
  streamNodeEntries = 0
  /** In bytes; 0 without a limit. */
  streamNodeBytes = 0
  zsetEntries = 0
  /** In bytes. */
  zsetValue = 0

  constructor(config: Config) {
    const follow = (name: string, set: (value: number) => void) =>
      config.follow(name, (value) => set(Number(value)))
    follow('hash-max-listpack-entries', (value) => {
      this.hashEntries = value
    })
    follow('hash-max-listpack-value', (value) => {
      this.hashValue = value
    })
    follow('set-max-intset-entries', (value) => {
      this.setIntegers = value
    })
    follow('stream-node-max-entries', (value) => {
      this.streamNodeEntries = value
    })
    follow('stream-node-max-bytes', (value) => {
      this.streamNodeBytes = value
    })
    follow('zset-max-listpack-entries', (value) => {
      this.zsetEntries = value
    })
    follow('zset-max-listpack-value', (value) => {
      this.zsetValue = value
    })
  }
}
