/**
 * One of two processes that share a Redis: it renders pages, and stops where it is told to. Started
 * by play.ts, with the server's address; all else comes as messages.
 */

import nunjucks from 'nunjucks'
import { nunjucksEngine } from '../../../../dist/engines/nunjucks/index.js'
import { FragmentCache, lazy } from '../../../../dist/index.js'
import { redisStore } from '../../../../dist/stores/redis/index.js'
import { slowClock } from '../../../helpers/slow-clock.js'

const careless = process.argv[3] === 'careless'
const store = redisStore({ url: process.argv[2] }, slowClock)
const engines = new Map()
const caches = new Map()
/** The functions that continue a paused page, by the page's id. */
const waiting = new Map()

process.on('message', async ({ id, action, ...rest }) => {
  if (action === 'go' || action === 'row') return waiting.get(id)?.(rest.row)
  try {
    process.send({ id, done: await ACTIONS[action]({ id, ...rest }) })
  } catch (error) {
    process.send({ id, failed: String(error) })
  }
})

const ACTIONS = {
  page: async ({ id, prefix, template, stopAt }) => {
    // Once: a page may come by a point again, at its next wave.
    let next = stopAt
    const stops = (point) => {
      if (point !== next) return undefined
      next = undefined
      return answer(id, { at: point })
    }
    const cache = stopAt ? cacheOf(prefix, template, stopping(stops)) : cacheOf(prefix, template, store)
    const page = cache.open()
    const awaited = await answer(id, { ask: 'row' })
    await stops('begun')
    const loaded = lazy(async () => {
      await stops('loading')
      const row = await answer(id, { ask: 'row' })
      await stops('loaded')
      return row
    })
    const { body } = await page.render('page', { awaited, loaded })
    await stops('sent')
    await page.writeBack()
    return body.toString()
  },
  invalidate: ({ prefix, template }) => cacheOf(prefix, template, store).invalidate('row'),
  delete: ({ prefix, template }) => cacheOf(prefix, template, store).delete('row', 1),
  forget: ({ prefix }) => {
    for (const key of caches.keys()) if (key.startsWith(`${prefix} `)) caches.delete(key)
  },
  close: () => store.close(),
}

/** Says something to the coordinator, and waits for what it answers. */
function answer(id, message) {
  return new Promise((resolve) => {
    waiting.set(id, resolve)
    process.send({ id, ...message })
  })
}

/** The store, with a stop behind each question and before each write. */
function stopping(stops) {
  const through = { ...Object.fromEntries(METHODS.map((name) => [name, (...args) => store[name](...args)])) }
  const after = (name, point) => async (argument) => {
    const result = await store[name](argument)
    await stops(point)
    return result
  }
  return {
    ...through,
    capabilities: store.capabilities,
    getMany: after('getMany', 'fetched'),
    stampMany: after('stampMany', 'created'),
    setMany: async (entries) => {
      await stops('writing')
      // A store that does not look before it writes: the suite has to notice.
      return store.setMany(
        careless ? entries.map(({ ifStamp: _ifStamp, notAfter: _notAfter, ...entry }) => entry) : entries,
      )
    },
  }
}

const METHODS = ['touchMany', 'deleteMany', 'clock', 'clear', 'close']

/** A page that stops has a cache of its own; all others share one. */
function cacheOf(prefix, template, of) {
  const key = `${prefix} ${template}`
  const known = of === store ? caches.get(key) : undefined
  if (known) return known
  const cache = new FragmentCache({
    store: of,
    engine: engineOf(template),
    prefix,
    ttl: '1h',
    timeout: '120s',
    // A page that is stopped is waited for, too: not for long.
    singleFlight: { wait: 1 },
  })
  if (of === store) caches.set(key, cache)
  return cache
}

function engineOf(template) {
  let engine = engines.get(template)
  if (!engine) {
    const loader = new nunjucks.Loader()
    loader.getSource = () => ({ src: template, path: 'page', noCache: false })
    engine = nunjucksEngine({ environment: new nunjucks.Environment(loader) })
    engines.set(template, engine)
  }
  return engine
}
