/** Workers that are remembered at most, those seen last. */
const MAX_WORKERS = 2_000
/** How long a worker that ended is remembered, in ms: copies of its last batch come earlier. */
const REMEMBERED = 24 * 3_600_000

interface Seen {
  readonly sequence: number
  /** Of the entry, in ms since 1970. */
  readonly time: number
}

/**
 * The last sequence of each worker of nginx. A batch whose reply was lost is sent again under its
 * sequence, so it may be in the stream twice; each is counted once.
 */
export class SeenSequences {
  readonly #byWorker: Map<string, Seen>

  private constructor(byWorker: Map<string, Seen>) {
    this.#byWorker = byWorker
  }

  /** Reads what {@link SeenSequences.toString} has written; nothing was seen where it is null. */
  static parse(text: string | null): SeenSequences {
    const byWorker = new Map<string, Seen>()
    for (const line of text?.split('\n') ?? []) {
      const [sequence, time, ...boot] = line.split(' ')
      if (boot.length > 0) byWorker.set(boot.join(' '), { sequence: Number(sequence), time: Number(time) })
    }
    return new SeenSequences(byWorker)
  }

  /** Notes an entry. @returns false if it was seen before */
  note({ boot, sequence, time }: { boot: string; sequence: number; time: number }): boolean {
    const last = this.#byWorker.get(boot)
    if (last && sequence <= last.sequence) return false
    this.#byWorker.set(boot, { sequence, time })
    return true
  }

  /** @returns text of the workers that may still send copies */
  toString(): string {
    const workers = [...this.#byWorker].sort(([, one], [, other]) => other.time - one.time)
    const newest = workers[0]?.[1].time ?? 0
    return workers
      .filter(([, { time }], rank) => rank < MAX_WORKERS && time > newest - REMEMBERED)
      .map(([boot, { sequence, time }]) => `${sequence} ${time} ${boot}`)
      .join('\n')
  }
}
