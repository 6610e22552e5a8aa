import { scriptText } from '../../redis/script-text.ts'

/** Returns the last progress of a task. ARGV: its id. */
export const READ_PROGRESS = scriptText(`return redis.call('HGET', KEYS[1] .. ':progress', ARGV[1])`)
