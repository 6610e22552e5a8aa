import { scriptText } from '../../../redis/script-text.ts'

const ITEMS = `KEYS[1] .. ':items'`

/** ARGV: id. */
export const HAS = scriptText(`return redis.call('HEXISTS', ${ITEMS}, ARGV[1])`)
/** ARGV: id. Replies its record. */
export const GET = scriptText(`return redis.call('HGET', ${ITEMS}, ARGV[1])`)
export const SIZE = scriptText(`return redis.call('HLEN', ${ITEMS})`)
/** ARGV: cursor and count. Replies the next cursor, then ids and records. */
export const SCAN = scriptText(`return redis.call('HSCAN', ${ITEMS}, ARGV[1], 'COUNT', ARGV[2])`)
