import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect, test } from 'vitest'

/** The rules of the layout: which room may import which. */
const SRC = join(import.meta.dirname, '../src')
const FILES = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
  .sort()

/** Imports that every room may have: time, errors, data properties, and the reading of options. */
const CONTRACTS = ['clock.ts', 'data-property.ts', 'errors.ts', 'options/']
/** Imports of a user of stores. */
const STORE = [...CONTRACTS, 'stores/store.ts']
/** Imports of an implementation of the store's contract. */
const STORE_PARTS = [...STORE, 'stores/fnv1a.ts', 'stores/machine-clock.ts', 'stores/store-options.ts']
/** The contract of template engines. */
const ENGINE = [
  'bindings',
  'data-policy',
  'defined-call',
  'fragment-read',
  'lazy',
  'per-visitor',
  'template-engine',
].map((name) => `engines/${name}.ts`)
/**
 * The rooms, each with those that it may import by value. A file or folder belongs to the room with
 * the longest name that it begins with. Inside a room, files import each other freely, but never in
 * a cycle.
 */
const ROOMS: Record<string, readonly string[]> = {
  'clock.ts': [],
  'data-property.ts': [],
  'local-request.ts': [],
  'text-thread.ts': [],
  'options/': ['errors.ts'],
  'error-codes.ts': [],
  'errors.ts': ['error-codes.ts', 'options/redact.ts'],
  'html/': [],
  'serializers/': ['errors.ts', 'options/'],

  'stores/store.ts': ['errors.ts'],
  'stores/': STORE,
  'stores/network/': STORE_PARTS,
  'stores/embedded/': STORE_PARTS,
  'stores/kyoto-tycoon/': [...STORE_PARTS, 'stores/network/'],
  'stores/lmdb/': [...STORE_PARTS, 'stores/embedded/', 'text-thread.ts'],
  'stores/memcached/': [...STORE_PARTS, 'stores/network/'],
  'stores/memory/': STORE_PARTS,
  'stores/namespaced/': STORE_PARTS,
  'stores/null/': STORE,
  'stores/redis/': [...STORE_PARTS, 'redis/'],
  'stores/sqlite/': [...STORE_PARTS, 'stores/embedded/'],
  'stores/tiered/': STORE_PARTS,
  'redis/': CONTRACTS,
  'streams/': [...CONTRACTS, 'redis/'],

  'hot/': [...CONTRACTS, 'redis/', 'stores/fnv1a.ts'],
  'metrics/': [...CONTRACTS, 'redis/', 'streams/'],
  'purge/': CONTRACTS,
  'queue/': [...CONTRACTS, 'redis/', 'streams/', 'text-thread.ts'],
  'toolkit/': [...CONTRACTS, 'redis/'],

  'server/': [],

  'engines/': ['errors.ts'],
  'engines/nunjucks/': [...CONTRACTS, 'html/', ...ENGINE],

  'cli/': [
    ...STORE,
    'core/definition/',
    'core/fragment-cache.ts',
    'core/warm/',
    'core/entry/',
    'core/inspect/',
    'core/key/',
    'core/options/',
    'core/tags/',
    'engines/data-policy.ts',
    'engines/nunjucks/',
    'metrics/',
    'queue/',
    'redis/',
    'server/',
  ],
  // The live page is rendered by a cache of its own.
  'dashboard/': [
    ...CONTRACTS,
    'core/fragment-cache.ts',
    'engines/lazy.ts',
    'engines/nunjucks/',
    'local-request.ts',
    'metrics/',
    'queue/',
    'redis/',
    'stores/memory/',
  ],
  'http/metrics-option.ts': [...CONTRACTS, 'core/', 'metrics/'],
  // The rest of the live page is loaded where the option asks for it.
  'http/dashboard-option.ts': [...CONTRACTS, 'core/', 'dashboard/options.ts', 'dashboard/report.ts'],
  'http/': [
    ...STORE,
    'dashboard/options.ts',
    'core/',
    'engines/data-policy.ts',
    'http/dashboard-option.ts',
    'http/metrics-option.ts',
    'local-request.ts',
    'purge/',
    'stores/memory/',
    'stores/tiered/',
  ],
  'testing/': [...STORE, ...ENGINE, 'core/', 'server/', 'stores/memory/'],
  'index.ts': [...STORE, 'core/', 'error-codes.ts', ...ENGINE, 'purge/purge-error.ts', 'serializers/'],
}

/** The rooms of the core, from the bottom up: each imports by value from those before it. */
const CORE = [
  'core/async-context.ts',
  'core/definition/',
  'core/options/cache-option-groups.ts',
  'core/options/cache-options.ts',
  'core/events.ts',
  'core/trace/',
  'core/observe/',
  'core/services.ts',
  'core/notices.ts',
  'core/request-context.ts',
  'core/key/',
  'core/store-access/',
  'core/tags/',
  'core/entry/',
  'core/options/',
  'core/fragment/',
  'core/safety/',
  'core/page-context.ts',
  'core/lookup/',
  'core/inspect/',
  'core/write-back/',
  'core/single-flight/',
  'core/values/',
  'core/cache-host.ts',
  'core/page/',
  'core/create-services.ts',
  'core/warm/',
  'core/queued-refreshes.ts',
  'core/cache-subscriptions.ts',
  'core/fragment-renderer.ts',
  'core/inspectable-cache.ts',
  'core/fragment-cache.ts',
]
const BELOW_CORE = [...STORE, ...ENGINE, 'html/', 'serializers/']
for (const [rank, room] of CORE.entries()) ROOMS[room] = [...BELOW_CORE, ...CORE.slice(0, rank)]

/** Types that a room takes from one above it. The list may only become shorter. */
const UPWARD_TYPES: readonly string[] = [
  'core/fragment/dependencies.ts -> core/values/cached-run.ts',
  'core/page-context.ts -> core/values/preload-scope.ts',
  'core/page/page.ts -> core/fragment-cache.ts',
  'core/services.ts -> core/entry/entry-signer.ts',
  'core/services.ts -> core/fragment/dependencies.ts',
  'core/services.ts -> core/single-flight/refresh-registry.ts',
  'core/services.ts -> core/single-flight/claims.ts',
  'core/services.ts -> core/single-flight/flights.ts',
  'core/services.ts -> core/store-access/store-access.ts',
  'core/services.ts -> core/tags/clears.ts',
  'core/services.ts -> core/tags/tag-versions.ts',
  'core/services.ts -> core/write-back/variant-limit.ts',
]

/** Types of the core that rooms beside it take: what an observer of a cache is told. */
const OBSERVED = [
  'core/events.ts',
  'core/fragment-cache.ts',
  'core/observe/',
  'core/inspect/',
  'core/tags/invalidation-arguments.ts',
  'core/trace/',
]
const OBSERVERS = ['dashboard/', 'metrics/', 'purge/']

/** Cycles of imports that are there by type only. The list may only become shorter. */
const TYPE_CIRCLES: readonly (readonly string[])[] = [
  ['core/fragment-cache.ts', 'core/page/page.ts'],
  [
    'engines/nunjucks/runtime/bindings.ts',
    'engines/nunjucks/runtime/met-tag.ts',
    'engines/nunjucks/runtime/nocache-run.ts',
    'engines/nunjucks/runtime/run.ts',
    'engines/nunjucks/runtime/surroundings.ts',
  ],
]

interface Import {
  from: string
  /** A file of ours, relative to src/, or the name of a package. */
  to: string
  own: boolean
  /** It is erased when the file is compiled. */
  typeOnly: boolean
}

const STATEMENT = /^(import|export)\s+(type\s+)?([^'"]*?)\bfrom\s+'([^']+)'|^import\s+'([^']+)'/gm

function importsOf(from: string): Import[] {
  const text = readFileSync(join(SRC, from), 'utf8')
  return [...text.matchAll(STATEMENT)].map(([, , type, names = '', path, bare]) => {
    const target = (path ?? bare) as string
    const own = target.startsWith('.')
    const to = own ? relative(SRC, join(SRC, dirname(from), target)) : packageOf(target)
    return { from, to, own, typeOnly: type !== undefined || isAllTypes(names) }
  })
}

/** Returns true for `{ type A, type B }`. */
function isAllTypes(names: string): boolean {
  const inside = /^\s*\{([^}]*)\}\s*$/s.exec(names)?.[1]
  const listed = inside?.split(',').filter((name) => name.trim() !== '') ?? []
  return listed.length > 0 && listed.every((name) => name.trim().startsWith('type '))
}

function packageOf(target: string): string {
  if (target.startsWith('node:')) return target
  return target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/')
}

const IMPORTS = FILES.flatMap(importsOf)
const byValue = IMPORTS.filter(({ typeOnly }) => !typeOnly)
const folderOf = (file: string) => file.split('/')[0] as string

/** `a.ts -> b.ts`, for messages that show all offenders at once. */
function shown(imports: readonly Import[]): string[] {
  return imports.map(({ from, to }) => `${from} -> ${to}`)
}

function roomOf(file: string): string | undefined {
  const rooms = Object.keys(ROOMS).filter((room) => file.startsWith(room))
  return rooms.sort((one, other) => other.length - one.length)[0]
}

function isAllowed({ from, to }: Import): boolean {
  const room = roomOf(from) ?? ''
  return roomOf(to) === room || (ROOMS[room] ?? []).some((allowed) => to.startsWith(allowed))
}

function isObserver({ from, to, typeOnly }: Import): boolean {
  if (typeOnly && from.startsWith('http/') && /^(metrics|dashboard)\//.test(to)) return true
  return (
    typeOnly && OBSERVERS.includes(roomOf(from) ?? '') && OBSERVED.some((allowed) => to.startsWith(allowed))
  )
}

/**
 * The groups of files that reach each other by imports, sorted (Tarjan's strongly connected
 * components).
 */
function circlesIn(imports: readonly Import[]): string[][] {
  const next = new Map<string, string[]>()
  for (const { from, to, own } of imports) if (own) next.set(from, [...(next.get(from) ?? []), to])
  const order = new Map<string, number>()
  const lowest = new Map<string, number>()
  const stack: string[] = []
  const circles: string[][] = []
  const visit = (file: string): number => {
    const at = order.size
    order.set(file, at)
    stack.push(file)
    let low = at
    for (const to of next.get(file) ?? []) {
      if (!order.has(to)) low = Math.min(low, visit(to))
      else if (stack.includes(to)) low = Math.min(low, lowest.get(to) ?? (order.get(to) as number))
    }
    lowest.set(file, low)
    if (low === at) {
      const group = stack.splice(stack.indexOf(file))
      if (group.length > 1) circles.push(group.sort())
    }
    return low
  }
  for (const file of FILES) if (!order.has(file)) visit(file)
  return circles.sort()
}

test('the imports are found: a rule over nothing would always hold', () => {
  expect(FILES.length).toBeGreaterThan(50)
  expect(IMPORTS.filter(({ own }) => own).length).toBeGreaterThan(150)
  expect(shown(byValue)).toContain('core/page/page-render.ts -> core/lookup/fragment-lookup.ts')
  expect(shown(IMPORTS.filter(({ typeOnly }) => typeOnly))).toContain(
    'core/fragment-cache.ts -> core/services.ts',
  )
})

test('every file is in a room, and every room has files', () => {
  expect(FILES.filter((file) => roomOf(file) === undefined)).toEqual([])
  expect(Object.keys(ROOMS).filter((room) => !FILES.some((file) => file.startsWith(room)))).toEqual([])
})

test('a room imports by value what the table allows', () => {
  expect(shown(byValue.filter((one) => one.own && !isAllowed(one)))).toEqual([])
})

test('pages and values do not import each other: code that both use is in a lower room', () => {
  const between = byValue.filter(
    ({ from, to }) => from.startsWith('core/page/') && to.startsWith('core/values/'),
  )
  expect(shown(between)).toEqual([])
})

test('a room imports no types of rooms above it, but those that are listed', () => {
  const types = IMPORTS.filter(({ own, typeOnly }) => own && typeOnly)
  const upward = shown(types.filter((one) => !isAllowed(one) && !isObserver(one)))
  expect(upward.sort()).toEqual([...UPWARD_TYPES].sort())
})

test('the imports have no cycle; by type, only those that are listed', () => {
  expect(circlesIn(byValue)).toEqual([])
  expect(circlesIn(IMPORTS)).toEqual(TYPE_CIRCLES.map((circle) => [...circle].sort()).sort())
})

test('the core imports neither nunjucks, nor Redis, nor HTTP', () => {
  const packages = new Set(
    byValue.filter(({ from, own }) => folderOf(from) === 'core' && !own).map(({ to }) => to),
  )
  expect([...packages].filter((name) => !name.startsWith('node:')).sort()).toEqual(['lru-cache'])
  expect([...packages].filter((name) => name.startsWith('node:http'))).toEqual([])
})

test('time and timers are taken from clock.ts, which fake timers of a test runner do not stop', () => {
  const runtime =
    /(?<![\w.#])(setTimeout|setInterval|setImmediate|clearTimeout|clearInterval)\b|performance\.now\(|node:timers/
  const code = (file: string) => readFileSync(join(SRC, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
  const found = FILES.filter((file) => !file.startsWith('testing/') && runtime.test(code(file)))
  // A thread has globals of its own, and cannot import; the server imports nothing else of ours.
  expect(found).toEqual(['clock.ts', 'queue/lease/lease-thread.ts', 'server/clock.ts'])
})

test('Fastify and Express never import each other', () => {
  const wrong = IMPORTS.filter(
    ({ from, to }) =>
      (from === 'http/fastify.ts' && (to === 'http/express.ts' || to === 'express')) ||
      (from === 'http/express.ts' && (to === 'http/fastify.ts' || to === 'fastify')),
  )
  expect(shown(wrong)).toEqual([])
})

test('a peer package is imported in one place', () => {
  for (const [peer, place] of [
    ['nunjucks', 'engines/nunjucks/nunjucks.ts'],
    ['ioredis', 'redis/ioredis.ts'],
    ['fastify', 'http/fastify.ts'],
    ['express', 'http/express.ts'],
    ['msgpackr', 'serializers/msgpack.ts'],
    ['lmdb', 'stores/lmdb/index.ts'],
    ['@opentelemetry/api', 'metrics/opentelemetry/'],
    ['prom-client', 'metrics/prometheus/prometheus.ts'],
    ['parse5', 'html/reader.ts'],
  ] as const) {
    const places = new Set(byValue.filter(({ to }) => to === peer).map(({ from }) => from))
    expect([...places].filter((file) => !file.startsWith(place))).toEqual([])
  }
  expect(byValue.some(({ to }) => to === 'nunjucks')).toBe(true)
})

test('no file or folder is a catch-all', () => {
  const words = /(^|[/-])(utils?|common|helpers?|types|misc|shared)([/.-]|$)/
  expect(FILES.filter((file) => words.test(file))).toEqual([])
})

test('only the doors re-export: what the package exports', () => {
  const { exports } = JSON.parse(readFileSync(join(SRC, '../package.json'), 'utf8')) as { exports: object }
  const doors = Object.values(exports).map((file) => file.replace('./dist/', '').replace(/\.js$/, '.ts'))
  const exporting = FILES.filter((file) => /^export .* from /m.test(readFileSync(join(SRC, file), 'utf8')))
  expect(exporting.length).toBeGreaterThan(2)
  expect(exporting.filter((file) => !doors.includes(file))).toEqual([])
})
