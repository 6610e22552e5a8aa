import { chunksOf } from '../one-server/batches.ts'
import type { ScriptCall } from '../script-call.ts'
import type { Script } from '../scripts.ts'
import { APPEND_ENTRY } from './append.ts'
import { CLEARED } from './log-entries.ts'
import type { ResolvedLogOptions } from './log-options.ts'

/** Most keys that one entry names. */
const ENTRY_NAMES = 64

const APPEND_SCRIPT: Script<string> = {
  ...APPEND_ENTRY,
  read: (answer) => (/^\d+-\d+$/.test(String(answer)) ? String(answer) : undefined),
}

type Run = <A>(script: Script<A>, calls: readonly ScriptCall[]) => Promise<(A | Error)[]>

/**
 * Appends to the log of a cluster. The log is in one slot, so no script can write another key and
 * the log: an entry is appended when the write was answered, and the write succeeds if both did. In
 * this order, since a process that reads the entry may read the key at once. A write whose process
 * dies between the two has not resolved.
 */
export class ClusterLog {
  readonly #run: Run
  readonly #key: string
  readonly #maxLength: string

  /** @param run runs a script on the nodes of its keys */
  constructor(run: Run, { key, maxLength }: ResolvedLogOptions) {
    this.#run = run
    this.#key = key
    this.#maxLength = String(maxLength)
  }

  /**
   * Logs the keys of writes. A write that failed is logged too: it may have been applied.
   *
   * @returns the answers, with an Error for each key that could not be logged
   */
  async append<A>(
    how: string,
    calls: readonly ScriptCall[],
    answers: readonly (A | Error)[],
  ): Promise<(A | Error)[]> {
    const all = [...answers]
    const written = calls.map((_, n) => n).filter((n) => answers[n] !== false)
    if (written.length === 0) return all
    const chunks = chunksOf(written, ENTRY_NAMES)
    const names = chunks.map((chunk) => chunk.map((n) => (calls[n] as ScriptCall).key))
    const logged = await this.#append(names.map((some) => [how, JSON.stringify(some)]))
    logged.forEach((answer, c) => {
      if (!(answer instanceof Error)) return
      for (const n of chunks[c] as number[]) if (!(all[n] instanceof Error)) all[n] = answer
    })
    return all
  }

  /** Logs that any key may have been written. @throws StoreError */
  async appendAll(): Promise<void> {
    const [answer] = await this.#append([[CLEARED, '[]']])
    if (answer instanceof Error) throw answer
  }

  #append(entries: readonly (readonly [how: string, names: string])[]): Promise<(string | Error)[]> {
    const calls = entries.map((entry) => ({ key: this.#key, texts: [this.#maxLength, ...entry] }))
    return this.#run(APPEND_SCRIPT, calls).catch((error: Error) => calls.map(() => error))
  }
}
