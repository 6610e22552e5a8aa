import { scriptText } from '../../redis/script-text.ts'
import { PRELUDE } from './prelude.ts'

/** Pauses a queue, or lets it go on. ARGV: 1 or 0. Workers are woken to learn of it. */
export const PAUSE = scriptText(`${PRELUDE}
if ARGV[1] == '1' then redis.call('HSET', Q, 'paused', '1') else redis.call('HDEL', Q, 'paused') end
wakeAll()
return redis.status_reply('OK')
`)
