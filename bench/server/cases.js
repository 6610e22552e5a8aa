/**
 * The commands that are measured. redis-benchmark replaces `__rand_int__` by a number of 12 digits
 * below the number of keys.
 */

const VALUE = 'x'.repeat(64)

const SCRIPT = "return redis.call('GET', KEYS[1])"

/**
 * @typedef {object} Case
 * @property {string} title
 * @property {(sha: string) => string[]} request the arguments; `sha` is that of the script
 */

/** @type {Readonly<Record<string, Case>>} */
export const CASES = {
  get: { title: 'GET', request: () => ['GET', 'key:__rand_int__'] },
  set: { title: 'SET', request: () => ['SET', 'key:__rand_int__', VALUE] },
  mget: { title: 'MGET 10', request: () => ['MGET', ...Array(10).fill('key:__rand_int__')] },
  hgetall: { title: 'HGETALL', request: () => ['HGETALL', 'hash:__rand_int__'] },
  zadd: { title: 'ZADD', request: () => ['ZADD', 'scores', '__rand_int__', 'member:__rand_int__'] },
  xadd: { title: 'XADD', request: () => ['XADD', 'log', 'MAXLEN', '~', '1000', '*', 'field', VALUE] },
  evalsha: { title: 'EVALSHA', request: (sha) => ['EVALSHA', sha, '1', 'key:__rand_int__'] },
}

/** Fields of each hash. */
const FIELDS = 10

/**
 * Fills a server with what the cases read.
 *
 * @param {import('ioredis').Redis} redis
 * @param {number} keys how many keys, and members of the sorted set
 * @returns {Promise<string | undefined>} SHA of the script; undefined where scripts cannot be run
 */
export async function fill(redis, keys) {
  const fields = Array.from({ length: FIELDS }, (_, n) => [`field${n}`, VALUE]).flat()
  const numbers = Array.from({ length: keys }, (_, n) => String(n).padStart(12, '0'))
  for (let from = 0; from < keys; from += 500) {
    const part = numbers.slice(from, from + 500)
    await Promise.all(
      part.flatMap((number) => [
        redis.set(`key:${number}`, VALUE),
        redis.hset(`hash:${number}`, ...fields),
        redis.zadd('scores', Number(number), `member:${number}`),
      ]),
    )
  }
  const sha = await redis.script('LOAD', SCRIPT).then(String, () => undefined)
  const answer = sha && (await redis.evalsha(sha, 1, `key:${numbers[0]}`).catch(() => undefined))
  return answer === VALUE ? sha : undefined
}
