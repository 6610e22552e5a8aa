import nunjucks from 'nunjucks'
import { defineFragment, FragmentCache } from 'onetrip'
import { nunjucksEngine } from 'onetrip/nunjucks'
import { TaskQueue } from 'onetrip/queue'
import { redisStore } from 'onetrip/stores/redis'

/** Number of fragments of the page. */
export const FRAGMENTS = 8
/** How long a fragment is fresh, in ms. */
export const TTL = 1_000
/** How long its database takes, and how long its data is computed, in ms. */
const WAIT = 50
const COMPUTE = 10

/** @type {Record<string, string>} */
const TEMPLATES = {
  page: `{% for id in range(${FRAGMENTS}) %}{% fragment "part", id=id %}{% endfor %}`,
  part: '<time>{{ loaded }}</time>',
}

class TemplateMap extends nunjucks.Loader {
  /** @param {string} name */
  getSource(name) {
    return { src: TEMPLATES[name] ?? '', path: name, noCache: false }
  }
}

/**
 * Opens the cache of one process. The page has {@link FRAGMENTS} fragments, each of which shows
 * when its data was loaded.
 * @param {object} options
 * @param {string} options.url
 * @param {string} options.prefix
 * @param {string | number} options.stale
 * @param {'queue' | undefined} options.refresh
 */
export function openSite({ url, prefix, stale, refresh }) {
  const queue = new TaskQueue(prefix, { redis: url })
  const part = defineFragment('part', {
    template: 'part',
    load: async () => {
      const loaded = Date.now()
      await new Promise((resolve) => setTimeout(resolve, WAIT))
      for (const end = performance.now() + COMPUTE; performance.now() < end; );
      return { loaded }
    },
    ttl: TTL,
    stale,
    refresh,
  })
  const environment = new nunjucks.Environment(new TemplateMap())
  const cache = new FragmentCache({
    store: redisStore({ url }),
    engine: nunjucksEngine({ environment }),
    prefix,
    fragments: { define: [part], queue },
    timeout: '1s',
  })
  const close = async () => {
    await cache.close()
    await queue.close()
  }
  return { cache, queue, part, close }
}
