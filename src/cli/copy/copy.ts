import { processClock } from '../../clock.ts'
import type { Store } from '../../stores/store.ts'
import { shown, UsageError } from '../command/usage-error.ts'
import { DONE, FOUND } from '../exit-codes.ts'
import { type Output, writeJson } from '../output/output.ts'
import { openStore, refuseMissing } from '../store/open-store.ts'
import type { CopyFlags } from './copy-command.ts'
import { type Copied, copyEntries } from './copy-entries.ts'

/** Interval of progress lines where the output is not a terminal, in milliseconds. */
const LINE_EVERY = 5_000

/**
 * Runs `onetrip copy`.
 * @returns the exit code
 * @throws UsageError, and what a store throws
 */
export async function copy(
  fromAddress: string,
  toAddress: string,
  { prefix, batch, json }: CopyFlags,
  output: Output,
  progress: Output,
): Promise<number> {
  if (fromAddress === toAddress) throw new UsageError('onetrip copy: both addresses are the same.')
  refuseMissing(fromAddress)
  const opened: Store[] = []
  try {
    for (const address of [fromAddress, toAddress]) opened.push(await openStore(address))
    const [from, to] = opened as [Store, Store]
    if (!from.keys)
      throw new UsageError(`${shown(fromAddress)} cannot list its keys: it can only be copied to.`)
    const line = new Progress(progress)
    const copied = await copyEntries(from, to, { prefix, batch, onProgress: (now) => line.show(now) })
    line.end()
    if (json) writeJson(output, copied)
    else output.write(`${summary(copied)}\n`)
    return copied.failed > 0 ? FOUND : DONE
  } finally {
    await Promise.all(opened.map((store) => store.close()))
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
