import { isPlainObject } from '../../options/show.ts'
import type { Container } from '../containers/container.ts'
import type { KitContext } from '../kit-context.ts'
import { Batch } from './batch.ts'
import { type BatchKind, BatchQueue } from './batch-queue.ts'

/** The result of a callback: its promises, and those in its array or object, are awaited. */
export type BatchResult<T> =
  T extends PromiseLike<infer U>
    ? BatchResult<U>
    : T extends Container | Date | Buffer | ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>
      ? T
      : T extends object
        ? { -readonly [K in keyof T]: Awaited<T[K]> }
        : T

/** Makes a batch for `exec()`. */
export function openBatch(context: KitContext, kind: BatchKind): Batch {
  return new Batch(context, new BatchQueue(context, kind))
}

/**
 * Gives a batch to a callback, and sends it when the callback has ended. A callback that waits for
 * a reply in the batch has it sent then: it could not end otherwise.
 */
export async function runBatch<T>(
  context: KitContext,
  kind: BatchKind,
  fill: (batch: Batch) => T,
): Promise<BatchResult<T>> {
  const queue = new BatchQueue(context, kind)
  const waited = new Promise<void>((resolve) => {
    // After the code that runs now, which may add more.
    queue.onWait(() => context.clock.setImmediate(resolve))
  })
  let result: T
  try {
    result = fill(new Batch(context, queue))
    if (result instanceof Promise) await Promise.race([result, waited])
  } catch (error) {
    if (!queue.isSent) queue.abandon(error)
    throw error
  }
  // Until then its errors are handled here; a rejection while it is sent passes below.
  if (result instanceof Promise) result.catch(() => {})
  await queue.exec()
  const all = (await resolved(result)) as BatchResult<T>
  await queue.endCallback()
  return all
}

async function resolved(result: unknown): Promise<unknown> {
  const value = await result
  if (Array.isArray(value)) return Promise.all(value)
  if (!isPlainObject(value)) return value
  const entries = Object.entries(value).map(async ([name, one]) => [name, await one] as const)
  return Object.fromEntries(await Promise.all(entries))
}
