import { randomFillSync } from 'node:crypto'
import { HEAD_KIND, HEAD_RANDOM_LENGTH, type HeadKind } from '../store.ts'

/** What a script is to do for one key. */
export interface Job {
  readonly key: string
  /** Of the head that the script makes, if it makes one. */
  readonly kind?: HeadKind
  readonly args: readonly (string | Buffer)[]
}

/** The arguments of one call for some jobs of a kind. */
export function argumentsOf(jobs: readonly Job[]): (string | Buffer)[] {
  const kinds = jobs.flatMap(({ kind }) => kind ?? [])
  const args: (string | Buffer)[] = kinds.length > 0 ? [headTails(kinds)] : []
  for (const job of jobs) args.push(...job.args)
  return args
}

/** What a client adds to the heads of a batch: for each, random bytes drawn anew and the kind. */
function headTails(kinds: readonly HeadKind[]): Buffer {
  const size = HEAD_RANDOM_LENGTH + 1
  const tails = randomFillSync(Buffer.allocUnsafe(kinds.length * size))
  kinds.forEach((kind, i) => {
    tails[i * size + HEAD_RANDOM_LENGTH] = HEAD_KIND[kind]
  })
  return tails
}
