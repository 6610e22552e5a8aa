import { parseArgs } from 'node:util'
import { processClock } from '../../clock.ts'
import type { Store } from '../../stores/store.ts'
import { ADDRESSES, openStore, refuseMissing } from '../open-store.ts'
import { shown, UsageError } from '../usage-error.ts'
import { type Copied, copyEntries } from './copy-entries.ts'

const COPY_HELP = `onetrip copy <from> <to>

Copies fragments and values from one store to another, with their tags and the rest of their TTLs.
Expired and invalidated entries are not copied. It can be run again until a site uses the other
store: entries written there since would be overwritten. Exits with 1 if entries were refused.

${ADDRESSES}

  --prefix text     copy only keys that start so: the prefix of a cache, such as shop (default: all)
  --batch number    how many keys are read and written at a time (default: 200)
`

const DEFAULT_BATCH = 200
/** Interval of progress lines where the output is not a terminal, in milliseconds. */
const LINE_EVERY = 5_000

interface Output {
  write(text: string): unknown
  readonly isTTY?: boolean | undefined
}

/** Runs `onetrip copy`. @returns the exit code: 1 if entries were refused. @throws UsageError */
export async function copy(args: readonly string[], output: Output, progress: Output): Promise<number> {
  const { values, positionals } = parse(args)
  if (values.help) {
    output.write(COPY_HELP)
    return 0
  }
  const [fromAddress, toAddress, ...more] = positionals
  if (fromAddress === undefined || toAddress === undefined || more.length > 0)
    throw new UsageError('onetrip copy needs two addresses: onetrip copy redis://localhost lmdb:./cache')
  if (fromAddress === toAddress) throw new UsageError('onetrip copy: both addresses are the same.')
  const batch = Number(values.batch ?? DEFAULT_BATCH)
  if (!Number.isInteger(batch) || batch < 1 || batch > 10_000)
    throw new UsageError(`--batch must be a number from 1 to 10000, not ${shown(values.batch ?? '')}.`)
  refuseMissing(fromAddress)
  const opened: Store[] = []
  try {
    for (const address of [fromAddress, toAddress]) opened.push(await openStore(address))
    const [from, to] = opened as [Store, Store]
    if (!from.keys)
      throw new UsageError(`${shown(fromAddress)} cannot list its keys: it can only be copied to.`)
    const line = new Progress(progress)
    const copied = await copyEntries(from, to, {
      prefix: values.prefix ?? '',
      batch,
      onProgress: (now) => line.show(now),
    })
    line.end()
    output.write(`${summary(copied)}\n`)
    return copied.failed > 0 ? 1 : 0
  } catch (error) {
    // The message of a store's error is enough: no stack is printed.
    if (error instanceof UsageError || !(error instanceof Error)) throw error
    throw new UsageError(`onetrip copy: ${error.message}`)
  } finally {
    await Promise.all(opened.map((store) => store.close()))
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: { prefix: { type: 'string' }, batch: { type: 'string' }, help: { type: 'boolean' } },
      allowPositionals: true,
    })
  } catch (error) {
    throw new UsageError(`${(error as Error).message}. See onetrip copy --help.`)
  }
}

/** A progress line that is rewritten on a terminal, or a line every few seconds. */
class Progress {
  readonly #output: Output
  readonly #begun = processClock.now()
  #shownAt = Number.NEGATIVE_INFINITY

  constructor(output: Output) {
    this.#output = output
  }

  show({ copied, bytes }: Copied): void {
    const now = processClock.now()
    const every = this.#output.isTTY ? 100 : LINE_EVERY
    if (now - this.#shownAt < every) return
    this.#shownAt = now
    const seconds = (now - this.#begun) / 1000
    const line = `${copied} entries, ${megabytes(bytes)} MB, ${Math.round(copied / Math.max(seconds, 0.001))}/s`
    this.#output.write(this.#output.isTTY ? `\r\u001b[K${line}` : `${line}\n`)
  }

  end(): void {
    if (this.#output.isTTY) this.#output.write('\r\u001b[K')
  }
}

function summary({
  copied,
  bytes,
  versions,
  expired,
  invalidated,
  left,
  failed,
  invalidatedMeanwhile,
}: Copied): string {
  const parts = [`${copied} entries copied (${megabytes(bytes)} MB), ${versions} tags`]
  if (expired > 0) parts.push(`${expired} had expired`)
  if (invalidated > 0) parts.push(`${invalidated} were invalidated`)
  if (left > 0) parts.push(`${left} were left: signed, locks, tombstones, or not of onetrip`)
  if (invalidatedMeanwhile > 0)
    parts.push(`${invalidatedMeanwhile} tags were invalidated meanwhile, and are there too`)
  if (failed > 0) parts.push(`${failed} WERE REFUSED by the other store`)
  return parts.join('; ')
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1)
}
