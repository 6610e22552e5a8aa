/** A dead letter, as far as the live page shows it. */
export interface ShownDeadLetter {
  readonly id: string
  readonly name: string
  readonly argsText: string
  readonly error: { readonly message: string }
  readonly failures: number
  readonly crashes: number
  readonly failedAt: Date
}

/**
 * The part of a task queue that the live page uses. A `TaskQueue` fits; its own type needs those of
 * ioredis, which a site without Redis does not have.
 */
export interface ShownQueue {
  readonly name: string
  info(): Promise<object>
  readonly dead: { list(options: { readonly limit: number }): Promise<readonly ShownDeadLetter[]> }
}
