import { randomFillSync } from 'node:crypto'
import { STAMP_KIND, STAMP_RANDOM_LENGTH, type StampKind } from '../store.ts'

/** The arguments of a script for one key. */
export interface ScriptCall {
  readonly key: string
  /** Kind of the stamp that the script makes, if it makes one. */
  readonly kind?: StampKind
  readonly args: readonly (string | Buffer)[]
}

/** Returns the arguments of one `EVALSHA` for calls of the same script. */
export function argumentsOf(calls: readonly ScriptCall[]): (string | Buffer)[] {
  const kinds = calls.flatMap(({ kind }) => kind ?? [])
  const args: (string | Buffer)[] = kinds.length > 0 ? [stampTails(kinds)] : []
  for (const call of calls) args.push(...call.args)
  return args
}

/** Returns the part of each stamp that the client makes: new random bytes, and the kind. */
function stampTails(kinds: readonly StampKind[]): Buffer {
  const size = STAMP_RANDOM_LENGTH + 1
  const tails = randomFillSync(Buffer.allocUnsafe(kinds.length * size))
  kinds.forEach((kind, i) => {
    tails[i * size + STAMP_RANDOM_LENGTH] = STAMP_KIND[kind]
  })
  return tails
}
