import { join } from 'node:path'
import { defineFragment, FragmentCache } from 'onetrip'
import { nunjucksEngine } from 'onetrip/nunjucks'
import { redisStore } from 'onetrip/stores/redis'

/** @type {import('onetrip').DefinedFragment<{ id: number }>} */
const card = defineFragment('card', {
  template: 'card.njk',
  params: ['id'],
  load: async ({ id }) => {
    if (id < 0) throw new Error('no such film')
    return { name: `Film ${id}` }
  },
  vary: ['locale'],
})
const menu = defineFragment('menu', { template: 'menu.njk', params: [] })

export const cache = () =>
  new FragmentCache({
    store: redisStore({ url: process.env.TEST_REDIS_URL ?? '' }),
    engine: nunjucksEngine({ root: join(import.meta.dirname, 'views') }),
    ttl: '1h',
    timeout: '1m',
    vary: { locale: (request) => request.locale },
    fragments: [card, menu],
  })

export const params = {
  menu: [{}],
  card: async function* () {
    for (const id of [1, 2, 3]) yield { id }
  },
}
