export {
  ClosedError,
  OnetripError,
  OptionError,
  QueueError,
  RegisteredError,
  TaskArgumentsError,
  TaskCancelledError,
  TaskCrashedError,
  TaskFailedError,
  TaskTimeoutError,
  TaskUnknownError,
} from '../errors.ts'
export type { Duration } from '../options/duration.ts'
export { type DeadLetter, DeadLetters, type DeadListOptions } from './dead-letters.ts'
export type {
  QueueEvent,
  QueueEventOf,
  QueueEventType,
  QueueListener,
  TaskSubject,
} from './events.ts'
export { type ResultOptions, TaskHandle, type TaskState } from './handle.ts'
export type { Priority } from './keys.ts'
export type { QueueRedis, RateLimit, TaskQueueOptions } from './options/queue-options.ts'
export type { Backoff, CallOptions, TaskOptions, UniqueKey } from './options/task-options.ts'
export type { WorkerOptions } from './options/worker-options.ts'
export type { QueueInfo, WorkerInfo } from './queue-info.ts'
export type { StoredError } from './results/outcome.ts'
export type { Schedule } from './schedule/schedules.ts'
export type { ScheduleOptions } from './schedule/timing.ts'
export type { Task } from './task.ts'
export { TaskContext } from './task-context.ts'
export { type TaskHandler, TaskQueue } from './task-queue.ts'
export { type CloseOptions, Worker, type WorkerQueue } from './worker/worker.ts'
