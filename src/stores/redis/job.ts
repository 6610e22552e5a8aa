import { randomFillSync } from 'node:crypto'
import { STAMP_KIND, STAMP_RANDOM_LENGTH, type StampKind } from '../store.ts'

/** What a script is to do for one key. */
export interface ScriptCall {
  readonly key: string
  /** Of the head that the script makes, if it makes one. */
  readonly kind?: StampKind
  readonly args: readonly (string | Buffer)[]
}

/** The arguments of one call for some jobs of a kind. */
export function argumentsOf(jobs: readonly ScriptCall[]): (string | Buffer)[] {
  const kinds = jobs.flatMap(({ kind }) => kind ?? [])
  const args: (string | Buffer)[] = kinds.length > 0 ? [headTails(kinds)] : []
  for (const job of jobs) args.push(...job.args)
  return args
}

/** What a client adds to the heads of a batch: for each, random bytes drawn anew and the kind. */
function headTails(kinds: readonly StampKind[]): Buffer {
  const size = STAMP_RANDOM_LENGTH + 1
  const tails = randomFillSync(Buffer.allocUnsafe(kinds.length * size))
  kinds.forEach((kind, i) => {
    tails[i * size + STAMP_RANDOM_LENGTH] = STAMP_KIND[kind]
  })
  return tails
}
