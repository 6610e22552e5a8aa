import hapi from '@hapi/hapi'
import vision from '@hapi/vision'
import nunjucks from 'nunjucks'
import { FragmentCache } from 'onetrip'
import { installCache } from 'onetrip/nunjucks'
import { memoryStore } from 'onetrip/stores/memory'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

/** hapi's views: `@hapi/vision` reads a file and has the engine compile its text. */

const root = new URL('vision-views', import.meta.url).pathname

let cache: FragmentCache
let server: hapi.Server
beforeEach(() => {
  cache = new FragmentCache({ store: memoryStore(), ttl: '5m' })
  vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
})
afterEach(async () => {
  vi.restoreAllMocks()
  await server.stop()
  await cache.close()
})

type Compile = (source: string, options: { environment: nunjucks.Environment }, ...rest: never[]) => unknown

async function siteOf(environment: nunjucks.Environment, compile: Compile, isCached: boolean) {
  server = hapi.server({ port: 0, host: '127.0.0.1' })
  await server.register(vision)
  server.views({
    engines: { njk: { compile: compile as never } },
    compileMode: compile.length > 2 ? 'async' : 'sync',
    compileOptions: { environment },
    path: root,
    isCached,
  })
  server.route({
    method: 'GET',
    path: '/{n}',
    handler: ({ params }, h) => h.view('page', { n: params.n, title: 'a & b' }),
  })
  await server.start()
  return async (n: number) => {
    const response = await fetch(`${server.info.uri}/${n}`)
    return `${response.status} ${await response.text()}`
  }
}

/** As vision's own documentation has it. */
const atOnce: Compile = (source, { environment }) => {
  const template = nunjucks.compile(source, environment)
  return (context: object) => template.render(context)
}

type Next = (error: unknown, result?: unknown) => void

function later(source: string, options: { environment: nunjucks.Environment }, next: Next) {
  const template = nunjucks.compile(source, options.environment)
  next(null, (context: object, _options: object, done: Next) => template.render(context, done))
}

function byText(source: string, options: { environment: nunjucks.Environment }, next: Next) {
  next(null, (context: object, _options: object, done: Next) =>
    options.environment.renderString(source, context, done),
  )
}

const environmentOf = () => nunjucks.configure(root, { noCache: true })
const PAGE = '200 <title>a &amp; b</title>\n<nav>menu</nav>\n\n<p>1 of (1)</p>\n'

test.each([true, false])('a page is as without a cache, isCached: %s', async (isCached) => {
  for (const compile of [atOnce, later, byText] as Compile[]) {
    const environment = environmentOf()
    installCache(environment, cache)
    const get = await siteOf(environment, compile, isCached)
    for (const _ of [1, 2, 3]) expect(await get(1)).toBe(PAGE)
    await server.stop()
  }
})

test('where it renders with a callback, fragments are cached', async () => {
  for (const [compile, expected] of [
    [later, ['miss', 'write', 'hit']],
    [byText, ['hit', 'hit', 'hit']],
  ] as [Compile, string[]][]) {
    const environment = environmentOf()
    installCache(environment, cache)
    const events: string[] = []
    const stop = cache.on(({ type }) => events.push(type))
    const get = await siteOf(environment, compile, true)
    for (const _ of [1, 2, 3]) {
      expect(await get(1)).toBe(PAGE)
      await new Promise((resolve) => setImmediate(resolve))
      await cache.settled()
    }
    expect(events).toEqual(expected)
    stop()
    await server.stop()
  }
})
