import { Redis } from 'ioredis'
import { integer, text, toolkit } from 'onetrip/toolkit'

const USERS = 10_000
const MEMORY = 5_000
const PAGE = 10
const MANY = 64

/**
 * Records beside the commands of ioredis that keep a hash and two indexes, in a transaction,
 * without versions, checks and unique values. `redis-om` is not here: its queries need the module
 * RediSearch.
 * @param {string} url
 * @returns {Promise<import('./groups.js').Group>}
 */
export async function openModels(url) {
  const redis = new Redis(url)
  const kit = toolkit(url)
  const User = kit.model('user', {
    id: text().primaryKey(),
    name: text().index(),
    age: integer().index(),
    city: text(),
  })
  const valuesOf = (n) => ({ name: `name ${n % 100}`, age: n % 90, city: 'Vilnius' })
  const addRaw = (id, n) => {
    const { name, age, city } = valuesOf(n)
    return redis
      .multi()
      .hset(`raw:${id}`, 'name', name, 'age', age, 'city', city)
      .sadd(`raw:name:${name}`, id)
      .zadd('raw:age', age, id)
      .exec()
  }
  const queryRaw = async (n) => {
    const found = await redis.zrangebyscore('raw:age', n % 80, (n % 80) + 5, 'LIMIT', 0, PAGE)
    const pipeline = redis.pipeline()
    for (const id of found) pipeline.hgetall(`raw:${id}`)
    return pipeline.exec()
  }
  await fill()
  const user = await User.load('1')
  let added = 0

  const pairs = {
    create: [
      () => addRaw(`new ${added++ % USERS}`, added),
      (n) => User.create({ id: `${process.hrtime.bigint()}-${n}`, ...valuesOf(n) }),
    ],
    load: [(n) => redis.hgetall(`raw:${n % USERS}`), (n) => User.load(`${n % USERS}`)],
    'query of a page by a range of numbers': [
      queryRaw,
      (n) =>
        User.where(User.age.between(n % 80, (n % 80) + 5))
          .orderBy(User.age.asc())
          .limit(PAGE)
          .toArray(),
    ],
    save: [(n) => addRaw('1', n), () => User.save(user)],
    increment: [
      (n) =>
        redis
          .multi()
          .hincrby(`raw:${n % USERS}`, 'age', 1)
          .zincrby('raw:age', 1, `${n % USERS}`)
          .exec(),
      (n) => User.increment(`${n % USERS}`, 'age'),
    ],
  }

  async function fill(most = USERS) {
    for (let from = 0; from < most; from += 1_000) {
      const numbers = Array.from({ length: 1_000 }, (_, n) => from + n)
      await User.createMany(numbers.map((n) => ({ id: `${n}`, ...valuesOf(n) })))
      await Promise.all(numbers.map((n) => addRaw(`${n}`, n)))
    }
  }

  return {
    cases: Object.entries(pairs).map(([title, [raw, ours]]) => ({
      title,
      // A copy that is saved by several at a time is old.
      concurrency: title === 'save' ? 1 : MANY,
      contenders: { ioredis: raw, onetrip: ours },
    })),
    memory: [
      {
        title: 'a record with two indexes',
        items: MEMORY,
        contenders: {
          ioredis: () => Promise.all(Array.from({ length: MEMORY }, (_, n) => addRaw(`${n}`, n))),
          onetrip: () =>
            User.createMany(Array.from({ length: MEMORY }, (_, n) => ({ id: `${n}`, ...valuesOf(n) }))),
        },
      },
    ],
    async close() {
      await kit.close()
      redis.disconnect()
    },
  }
}
