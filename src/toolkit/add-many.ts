import { OptionError } from '../errors.ts'
import { refuseOption } from '../options/read-option.ts'
import { isPlainObject, show } from '../options/show.ts'
import { refuseUnknownOptions } from '../options/unknown-option.ts'

/** Most items that are sent before replies are awaited. */
const MAX_CHUNK = 10_000

/** Options of methods that add many things. */
export interface AddManyOptions {
  /**
   * Number of items that are sent in one trip.
   *
   * @defaultValue `100`
   */
  readonly chunk?: number | undefined
  /**
   * Called after each chunk with the number of items that were added. What it throws ends the call.
   *
   * @defaultValue none
   */
  readonly onProgress?: ((added: number) => void) | undefined
  /**
   * Ends the call before the next chunk.
   *
   * @defaultValue none
   */
  readonly signal?: AbortSignal | undefined
}

/** @throws OptionError */
export function readAddMany(options: AddManyOptions): AddManyOptions & { readonly chunk: number } {
  if (!isPlainObject(options))
    throw new OptionError(`addMany takes an object of options; got ${show(options)}`)
  refuseUnknownOptions('addMany', options, ['chunk', 'onProgress', 'signal'], { progress: 'onProgress' })
  const { chunk = 100, onProgress, signal } = options as AddManyOptions
  if (!Number.isInteger(chunk) || chunk < 1 || chunk > MAX_CHUNK)
    refuseOption('chunk', `a whole number from 1 to ${MAX_CHUNK}`, chunk)
  if (onProgress !== undefined && typeof onProgress !== 'function')
    refuseOption('onProgress', 'a function', onProgress)
  return { chunk, onProgress, signal }
}

/**
 * Adds items, chunk after chunk. When it rejects, nothing is under way.
 *
 * @param add sends the commands of a chunk
 * @returns how many items there were
 */
export async function inChunks<T>(
  items: Iterable<T> | AsyncIterable<T>,
  { chunk: size, onProgress, signal }: AddManyOptions & { readonly chunk: number },
  add: (chunk: readonly T[]) => readonly Promise<unknown>[],
): Promise<number> {
  let added = 0
  let chunk: T[] = []
  const flush = async () => {
    signal?.throwIfAborted()
    for (const sent of await Promise.allSettled(add(chunk))) if (sent.status === 'rejected') throw sent.reason
    added += chunk.length
    chunk = []
    onProgress?.(added)
  }
  for await (const item of items) {
    chunk.push(item)
    if (chunk.length === size) await flush()
  }
  if (chunk.length > 0) await flush()
  return added
}
