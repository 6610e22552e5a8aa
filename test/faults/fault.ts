/**
 * The changes a proxy makes to the traffic that passes it. A new fault can be set at any time, and
 * applies to what follows.
 */
export interface Fault {
  /** Milliseconds that everything waits, each way. */
  readonly delay?: number
  /** Said to each new connection, which is closed then. */
  readonly greeting?: string
  /** Answers a command in the place of the server, which never hears of it. */
  readonly answer?: (command: string) => string | undefined
  /** Replaces an answer of the server. */
  readonly reply?: (reply: Buffer, command: string) => Changed
}

/**
 * Bytes: sent in place of the answer. `mute`: from now on nothing is sent to this connection, until
 * it is closed.
 */
export type Changed = Buffer | 'mute' | { readonly thenReset: Buffer }
