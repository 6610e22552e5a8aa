import { scriptText } from '../../../redis/script-text.ts'

/** Reads a document. KEYS: the index. ARGV: document. Returns its text and its data. */
export const GET_DOCUMENT = scriptText(`
return { redis.call('HGET', KEYS[1] .. ':text', ARGV[1]), redis.call('HGET', KEYS[1] .. ':data', ARGV[1]) }
`)

/** KEYS: the index. ARGV: document. Returns 1 if it is there. */
export const HAS_DOCUMENT = scriptText(`return redis.call('HEXISTS', KEYS[1] .. ':entries', ARGV[1])`)

/** KEYS: the index. Returns the number of documents. */
export const COUNT_DOCUMENTS = scriptText(`return redis.call('ZCARD', KEYS[1] .. ':docs')`)
