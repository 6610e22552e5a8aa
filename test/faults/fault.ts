/**
 * What a proxy does to what passes it. It can be changed at any time, and counts for what comes
 * after that.
 */
export interface Fault {
  /** Milliseconds that everything waits, each way. */
  readonly delay?: number
  /** Said to each new connection, which is closed then. */
  readonly greeting?: string
  /** Answers a command in the place of the server, which never hears of it. */
  readonly answer?: (command: string) => string | undefined
  /** What becomes of an answer of the server. */
  readonly reply?: (reply: Buffer, command: string) => Changed
}

/**
 * Bytes: sent in place of the answer. `mute`: from now on nothing is sent to this connection, until
 * it is closed.
 */
export type Changed = Buffer | 'mute' | { readonly thenReset: Buffer }
