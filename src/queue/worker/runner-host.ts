/** The worker that a queue's tasks run on. */
export interface RunnerHost {
  readonly workerId: string
  readonly concurrency: number
  /** Tasks that could begin now. */
  readonly free: number
  readonly closing: boolean
  /** Begins tasks that are held, of any queue. */
  pump(): void
  /** A task has ended: another may begin. */
  release(): void
}
