/**
 * The site that the fault suite puts under load, in a process of its own (site-process.ts starts
 * it). A page has 24 fragments, each with a hole, and its right bytes are known for any request:
 * right-page.ts makes them, too.
 */
import { createHash } from 'node:crypto'
import dns from 'node:dns'
import Fastify from 'fastify'
import nunjucks from 'nunjucks'
import { lazy } from 'onetrip'
import onetrip from 'onetrip/fastify'
import { nunjucksEngine } from 'onetrip/nunjucks'
import { redisStore } from 'onetrip/stores/redis'

const PAGE = `<h1>Hello {{ visitor }}</h1>
{% for card in cards %}{% cache "card", n, card, tags=["all", "page:" ~ n] %}<article id="{{ card }}">{{ texts[card] }} <i>{% nocache %}{{ visitor }}{% endnocache %}</i></article>
{% endcache %}{% endfor %}`

const { redis, holdWrites = false, ...options } = JSON.parse(process.argv[2])
const cards = Array.from({ length: 24 }, (_, card) => card)
const textOf = (n, card) => createHash('sha256').update(`${n}/${card}`).digest('hex').repeat(16)

let unhandled = 0
process.on('unhandledRejection', () => unhandled++)

// A name that does not resolve can be made one that does.
const hosts = new Map()
const { lookup } = dns
dns.lookup = (host, ...rest) => lookup(hosts.get(host) ?? host, ...rest)

const { now } = Date

const loader = new nunjucks.Loader()
loader.getSource = () => ({ src: PAGE, path: 'page', noCache: false })
const store = redisStore(redis)
if (holdWrites) {
  // Tells of the write-back, and never does it: the process is killed there.
  store.setMany = () => {
    process.send({ writing: true })
    return new Promise(() => {})
  }
}

const app = Fastify()
await app.register(onetrip, {
  engine: nunjucksEngine({ environment: new nunjucks.Environment(loader) }),
  store,
  ttl: '1h',
  // A busy machine answers within that; each page that is not answered waits for it.
  timeout: '1s',
  ...options,
})

let events = {}
let messages = {}
const count = (what) => {
  events[what] = (events[what] ?? 0) + 1
}
app.fragments.on((event) => {
  count(event.type)
  if (event.type === 'miss') count(`miss: ${event.reason}`)
  if (event.error === undefined) return
  count(`error: ${event.error.code}`)
  messages[event.error.message] = (messages[event.error.message] ?? 0) + 1
})

app.get('/page/:n', (request, reply) => {
  const n = Number(request.params.n)
  const texts = lazy(async () => cards.map((card) => textOf(n, card)))
  return reply.view('page', { n, cards, texts, visitor: request.query.visitor })
})
app.get('/invalidate/:tag', async (request, reply) => {
  try {
    await app.fragments.invalidate(request.params.tag)
    return 'done'
  } catch (error) {
    return reply.code(503).send(error.code)
  }
})
app.get('/resolve/:host/:address', (request) => {
  hosts.set(request.params.host, request.params.address)
  return 'done'
})
app.get('/clock/:offset', (request) => {
  Date.now = () => now() + Number(request.params.offset)
  return 'done'
})
app.get('/stats', () => {
  globalThis.gc()
  const handles = {}
  // An Immediate ends by itself in this turn.
  for (const type of process.getActiveResourcesInfo())
    if (type !== 'Immediate') handles[type] = (handles[type] ?? 0) + 1
  return { events, messages, unhandled, handles, heap: process.memoryUsage().heapUsed }
})
app.get('/settled', async () => {
  await app.fragments.settled()
  return 'done'
})
app.get('/forget', () => {
  events = {}
  messages = {}
  return 'done'
})

await app.listen({ port: 0, host: '127.0.0.1' })
process.send({ port: app.server.address().port })
let closing = false
process.on('message', async () => {
  closing = true
  await app.close()
  process.disconnect()
})
// Where the test has ended without closing it. Otherwise it ends by itself, or something is left.
process.on('disconnect', () => closing || process.exit(1))
