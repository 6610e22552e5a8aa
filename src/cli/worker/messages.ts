/** The command line of a worker process, as its one argument (JSON). */
export interface ProcessArguments {
  readonly file: string
  readonly concurrency: number
  readonly queues: readonly string[] | undefined
  /** In milliseconds. */
  readonly shutdownTimeout: number
  /** Prints lines as JSON. */
  readonly json: boolean
}

/** Sent by a worker process. */
export type FromProcess =
  | { readonly kind: 'ready'; readonly queues: readonly string[] }
  | { readonly kind: 'refused'; readonly message: string }

/** Sent to a worker process: end after the running tasks. */
export const STOP = 'stop'
