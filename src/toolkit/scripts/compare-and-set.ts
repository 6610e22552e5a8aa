import { scriptText } from '../../redis/script-text.ts'
import { type Codec, encodeArgument } from '../codec/codec.ts'

/** ARGV: the new value, and the one that is expected; without it there must be none. */
export const COMPARE_AND_SET = scriptText(`
if redis.call('GET', KEYS[1]) ~= (ARGV[2] or false) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'KEEPTTL')
return 1`)

/** @throws OptionError */
export function compareAndSetArguments<In>(
  codec: Codec<unknown, In>,
  expected: In | undefined,
  next: In,
): (string | Buffer)[] {
  const args = [encodeArgument(codec, next)]
  if (expected !== undefined) args.push(encodeArgument(codec, expected))
  return args
}
