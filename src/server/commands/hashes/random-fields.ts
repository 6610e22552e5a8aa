import { CommandError, SYNTAX_ERROR } from '../../command-error.ts'
import { bulk, EMPTY_ARRAY } from '../../protocol/reply.ts'
import type { Session } from '../../session.ts'
import { randomCount } from '../arguments/random-count.ts'
import type { Handler } from '../command.ts'
import { Hash } from './hash.ts'

const OUT_OF_RANGE = new CommandError('ERR value is out of range')
/** Largest count with values: it is doubled, and must still fit in 64 bits. */
const MOST_WITH_VALUES = 2n ** 62n - 1n

export const hrandfield: Handler = (session, args) => {
  const { database, form } = session
  if (args.length > 2) return randomFields(session, args)
  const hash = database.readOf(args[1] as string, Hash)
  return hash === undefined ? form.nil : bulk(hash.sampler.pick())
}

function randomFields({ database, form }: Session, args: readonly string[]): string {
  const count = randomCount(args[2] as string)
  const withValues = args.length > 3
  if (args.length > 4 || (withValues && args[3]?.toLowerCase() !== 'withvalues')) throw SYNTAX_ERROR
  if (withValues && count >= 2 ** 62 && BigInt(args[2] as string) > MOST_WITH_VALUES) throw OUT_OF_RANGE
  const hash = database.readOf(args[1] as string, Hash)
  if (hash === undefined || count === 0) return EMPTY_ARRAY
  const picks = count < 0 ? -count : Math.min(count, hash.size)
  let out = `*${withValues && form.version === 2 ? 2 * picks : picks}\r\n`
  const pair = withValues && form.version === 3 ? '*2\r\n' : ''
  for (const field of count < 0 ? repeated(hash, picks) : different(hash, picks)) {
    out += `${pair}${bulk(field)}`
    if (withValues) out += bulk(hash.get(field) as string)
  }
  return out
}

/** Returns different fields: all of them in their order, or fewer at random. */
function different(hash: Hash, count: number): Iterable<string> {
  return count === hash.size ? hash.entries.keys() : hash.sampler.sample(count)
}

function* repeated({ sampler }: Hash, count: number): IterableIterator<string> {
  for (let n = 0; n < count; n++) yield sampler.pick()
}
