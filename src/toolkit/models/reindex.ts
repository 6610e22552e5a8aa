import { OptionError } from '../../errors.ts'
import { isPlainObject, show } from '../../options/show.ts'
import { refuseUnknownOptions } from '../../options/unknown-option.ts'
import type { ModelScripts } from './model-scripts.ts'
import { Query } from './query/query.ts'
import { encodeRecord } from './record-codec.ts'
import { stateOf } from './record-states.ts'
import { DROP_INDEXES, REINDEX, SWEEP } from './scripts/reindex.ts'

/** Number of records of one script. */
const AT_ONCE = 200

/** Options of `reindex`. */
export interface ReindexOptions {
  /**
   * Called after each part of the records.
   *
   * @defaultValue none
   */
  readonly onProgress?: ((progress: ReindexProgress) => void) | undefined
  /**
   * Ends it after the part that runs. It may be called again, and begins anew.
   *
   * @defaultValue none
   */
  readonly signal?: AbortSignal | undefined
}

export interface ReindexProgress {
  readonly done: number
  /** Number of records when it began. */
  readonly total: number
}

/** Removes entries without a record; writes those of all records, and the values that they lack. */
export async function reindexModel<R extends object>(
  scripts: ModelScripts<R>,
  options: ReindexOptions,
): Promise<number> {
  if (!isPlainObject(options))
    throw new OptionError(`reindex takes an object of options; got ${show(options)}`)
  refuseUnknownOptions('reindex', options, ['onProgress', 'signal'], { progress: 'onProgress' })
  const { onProgress, signal } = options as ReindexOptions
  if (onProgress !== undefined && typeof onProgress !== 'function')
    throw new OptionError(`reindex: onProgress must be a function; got ${show(onProgress)}`)
  const { schema } = scripts
  const dropped = schema.stored.filter(({ indexed }) => !indexed).map(({ name }) => name)
  if (dropped.length > 0) await scripts.run(DROP_INDEXES, dropped)
  await sweep(scripts, signal)
  const query = new Query(scripts)
  const total = await query.count()
  let done = 0
  let part: R[] = []
  const flush = async () => {
    signal?.throwIfAborted()
    const reply = await scripts.run(
      REINDEX,
      part.flatMap((record) => argumentsOf(record)),
    )
    if (Array.isArray(reply) && reply.length > 0) scripts.refuseDuplicate(String(reply[0]), String(reply[1]))
    done += part.length
    part = []
    onProgress?.({ done, total })
  }
  const argumentsOf = (record: R) => {
    const { id = '', version = '' } = stateOf(record) ?? {}
    return encodeRecord(schema, id, version, record).slice(0, -1)
  }
  for await (const record of query) {
    part.push(record)
    if (part.length === AT_ONCE) await flush()
  }
  if (part.length > 0) await flush()
  return done
}

/** An entry that is left would be counted, and come once more in the order of its field. */
async function sweep<R extends object>(
  scripts: ModelScripts<R>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const fields = [...scripts.fields.values()]
  const indexed = fields.filter(({ indexed }) => indexed)
  const indexes = [
    ['', 'n'],
    ...indexed.map(({ name, type }) => [name, type.order === 'number' ? 'n' : 'b']),
    ...fields.filter(({ search }) => search).map(({ name }) => [name, 't']),
  ] as const
  for (const index of indexes) {
    let cursor = '0'
    do {
      signal?.throwIfAborted()
      cursor = String(await scripts.run(SWEEP, [...index, cursor]))
    } while (cursor !== '0')
  }
}
