import { drawRandom, STAMP_KIND, STAMP_RANDOM_LENGTH, type StampKind, type Write } from '../store.ts'

/** The arguments of a script for one key. */
export interface ScriptCall {
  readonly key: string
  /** Kind of the stamp that the script makes, if it makes one. */
  readonly kind?: StampKind
  /** Its arguments that are texts. Those of several calls are joined by spaces. */
  readonly texts: readonly string[]
  /** Bytes that it sends. Their texts say how many. */
  readonly bytes?: readonly Buffer[]
}

/** Texts of {@link writeCall} for what must be at the key. */
export const ANY = 'any'
export const ABSENT = 'absent'

/**
 * Returns the call that writes an entry. Texts: ttl (ms); not_after (ms) or `-`; what must be at
 * the key, {@link ANY}, {@link ABSENT} or the size of a stamp; the size of the value. Bytes: the
 * stamp, if there is one; the value.
 */
export function writeCall({ key, ttl, notAfter, ifStamp, value }: Write): ScriptCall {
  const condition = ifStamp === undefined ? ANY : (ifStamp?.length ?? ABSENT)
  return {
    key,
    kind: 'entry',
    texts: [`${ttl} ${notAfter ?? '-'} ${condition} ${value.length}`],
    bytes: ifStamp ? [ifStamp, value] : [value],
  }
}

/**
 * Returns the arguments of one `EVALSHA` for calls of the same script: what the client makes of
 * their stamps, if they make some; their texts; their bytes, if they have some. Calls share
 * arguments, since ioredis takes some 0.7 us for each, and Buffers cost more than their bytes.
 */
export function argumentsOf(calls: readonly ScriptCall[]): (string | Buffer)[] {
  const args: (string | Buffer)[] = []
  const [first] = calls
  if (!first) return args
  if (first.kind) args.push(stampTails(calls))
  args.push(...first.texts.map((_, n) => calls.map(({ texts }) => texts[n]).join(' ')))
  if (first.bytes) args.push(joined(calls.flatMap(({ bytes = [] }) => bytes)))
  return args
}

/** Returns the size of the arguments of a call, in bytes, about. */
export function sizeOfCall({ texts, bytes = [] }: ScriptCall): number {
  return [...texts, ...bytes].reduce((sum, { length }) => sum + length, 0)
}

/** Returns the part of each stamp that the client makes: new random bytes, and the kind. */
function stampTails(calls: readonly ScriptCall[]): Buffer {
  const size = STAMP_RANDOM_LENGTH + 1
  const tails = Buffer.allocUnsafe(calls.length * size)
  calls.forEach(({ kind }, i) => {
    tails.set(drawRandom(), i * size)
    if (kind) tails[i * size + STAMP_RANDOM_LENGTH] = STAMP_KIND[kind]
  })
  return tails
}

/** Joins Buffers. Those that lie side by side in memory are not copied. */
function joined(buffers: readonly Buffer[]): Buffer {
  const [first] = buffers
  if (!first) return Buffer.alloc(0)
  let end = first.byteOffset
  for (const { buffer, byteOffset, length } of buffers) {
    if (buffer !== first.buffer || byteOffset !== end) return Buffer.concat(buffers)
    end += length
  }
  return Buffer.from(first.buffer, first.byteOffset, end - first.byteOffset)
}
