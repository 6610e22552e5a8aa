import { scriptText } from '../../redis/script-text.ts'
import { PRELUDE } from './prelude.ts'

/**
 * Creates the streams and their consumer group where they are missing, and applies the rate limit
 * of a queue's options. ARGV: `interval:burst`, `off`, or an empty string to keep what is set.
 *
 * The group begins at 0, so that tasks that were added before any worker came are not lost.
 */
export const PREPARE = scriptText(`${PRELUDE}
for _, key in ipairs({ Q .. ':wake', unpack(STREAMS) }) do
  redis.pcall('XGROUP', 'CREATE', key, GROUP, '0', 'MKSTREAM')
end
if ARGV[1] == 'off' then redis.call('HDEL', Q, 'rate', 'tat')
elseif ARGV[1] ~= '' then redis.call('HSET', Q, 'rate', ARGV[1]) end
return redis.status_reply('OK')
`)
