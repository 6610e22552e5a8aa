import type { ResolvedTaskOptions } from './options/task-options.ts'
import type { TaskContext } from './task-context.ts'

/** A handler of a task. `this` is the context of the attempt; arrow functions do without it. */
// biome-ignore lint/suspicious/noExplicitAny: arguments and results of any task
export type AnyHandler = (this: TaskContext, ...args: any[]) => unknown

/** A task as a process has defined it. */
export interface TaskDefinition {
  readonly name: string
  readonly options: ResolvedTaskOptions
  /** Undefined in a process that only adds tasks. */
  readonly handler: AnyHandler | undefined
}
