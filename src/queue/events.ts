import { OptionError } from '../errors.ts'
import { show } from '../options/show.ts'

/** The part that all events of a task have in common. */
export interface TaskSubject {
  /** Name of the queue. */
  readonly queue: string
  /** Id of the task. */
  readonly id: string
  /** Name of the task. */
  readonly name: string
}

/**
 * An event of a queue in this process: of the tasks that it adds, and of those that its workers
 * run. What other processes do is not told.
 */
export type QueueEvent =
  /**
   * A task was added. `duplicate`: a task with its unique key was there, and `id` is that one's.
   */
  | (TaskSubject & { readonly type: 'added'; readonly duplicate?: boolean })
  /** An attempt began. `attempt` counts from 1. */
  | (TaskSubject & { readonly type: 'started'; readonly attempt: number })
  /** A handler has returned, and Redis has the result. `duration` is of this attempt, in ms. */
  | (TaskSubject & { readonly type: 'completed'; readonly attempt: number; readonly duration: number })
  /** An attempt failed. `retried` or `dead` follows. */
  | (TaskSubject & { readonly type: 'failed'; readonly attempt: number; readonly error: unknown })
  /** The task is tried again after `delay` ms. */
  | (TaskSubject & { readonly type: 'retried'; readonly attempt: number; readonly delay: number })
  /** The task went to the dead letters. */
  | (TaskSubject & { readonly type: 'dead'; readonly attempt: number; readonly error: unknown })
  | (TaskSubject & { readonly type: 'cancelled' })
  | (TaskSubject & { readonly type: 'progress'; readonly value: unknown })
  /** A handler had ended when another worker had its task by now: its outcome was not used. */
  | (TaskSubject & { readonly type: 'lost' })
  /** Tasks of workers that are gone were given back by a worker of this process. */
  | {
      readonly type: 'recovered'
      readonly queue: string
      readonly tasks: number
      readonly workers: readonly string[]
    }
  | { readonly type: 'paused' | 'resumed'; readonly queue: string }
  /** A failure that no call could be told about. The queue goes on. */
  | { readonly type: 'error'; readonly queue: string; readonly error: Error }

/** The type of a {@link QueueEvent}. */
export type QueueEventType = QueueEvent['type']
/** The event of a type. */
export type QueueEventOf<T extends QueueEventType> = Extract<QueueEvent, { readonly type: T }>
/** A listener of `queue.on()`. */
export type QueueListener<T extends QueueEventType = QueueEventType> = (event: QueueEventOf<T>) => void

const TYPES: readonly QueueEventType[] = [
  'added',
  'started',
  'completed',
  'failed',
  'retried',
  'dead',
  'cancelled',
  'progress',
  'lost',
  'recovered',
  'paused',
  'resumed',
  'error',
]

/** Listeners of a queue's events. An event is made only if `has` its type a listener. */
export class QueueEvents {
  readonly #listeners = new Map<QueueEventType, Set<(event: QueueEvent) => void>>()

  /** Returns a function that removes the listener. @throws OptionError */
  subscribe(types: readonly unknown[], listener: unknown): () => void {
    if (typeof listener !== 'function')
      throw new OptionError(`The listener of on() must be a function, not ${show(listener)}.`)
    const checked = types.map(checkType)
    // One of its own, so that a function may listen twice.
    const own = (event: QueueEvent) => listener(event)
    for (const type of checked) {
      const set = this.#listeners.get(type) ?? new Set()
      this.#listeners.set(type, set.add(own))
    }
    return () => {
      for (const type of checked) this.#listeners.get(type)?.delete(own)
    }
  }

  /** @throws OptionError */
  subscribeToAll(listener: unknown): () => void {
    return this.subscribe(TYPES, listener)
  }

  has(type: QueueEventType): boolean {
    const set = this.#listeners.get(type)
    return set !== undefined && set.size > 0
  }

  emit(event: QueueEvent): void {
    for (const listener of this.#listeners.get(event.type) ?? []) call(listener, event)
  }
}

function call(listener: (event: QueueEvent) => void, event: QueueEvent): void {
  try {
    const result: unknown = listener(event)
    if (result instanceof Promise) result.catch(() => {})
  } catch {
    // A listener's error is its own to handle.
  }
}

function checkType(type: unknown): QueueEventType {
  const known = TYPES.find((one) => one === type)
  if (known) return known
  throw new OptionError(`A queue has no event ${show(type)}. It has: ${TYPES.join(', ')}.`)
}
