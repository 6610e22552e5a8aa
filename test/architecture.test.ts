import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect, test } from 'vitest'

/** The rules of the layout: what may know what. */
const SRC = join(import.meta.dirname, '../src')
const FILES = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
  .sort()

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

/** `{ type A, type B }` */
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

test('the imports are found: a rule over nothing would always hold', () => {
  expect(FILES.length).toBeGreaterThan(50)
  expect(IMPORTS.filter(({ own }) => own).length).toBeGreaterThan(150)
  expect(shown(byValue)).toContain('fragment/waves.ts -> fragment/fetch-wave.ts')
  expect(shown(IMPORTS.filter(({ typeOnly }) => typeOnly))).toContain(
    'fragment/page.ts -> fragment/fragment-cache.ts',
  )
})

test('fragment/ imports no other folder by value, but the errors and the two contracts', () => {
  const allowed = [
    'clock.ts',
    'errors.ts',
    'duration.ts',
    'byte-size.ts',
    'options/unknown-option.ts',
    'stores/store.ts',
    'template/template-engine.ts',
    'template/visitor-names.ts',
    'html/head.ts',
    'html/reader.ts',
  ]
  const strangers = byValue.filter(
    ({ from, to, own }) =>
      folderOf(from) === 'fragment' && own && folderOf(to) !== 'fragment' && !allowed.includes(to),
  )
  expect(shown(strangers)).toEqual([])
})

test('fragment/ knows neither nunjucks, nor Redis, nor HTTP', () => {
  const packages = new Set(
    byValue.filter(({ from, own }) => folderOf(from) === 'fragment' && !own).map(({ to }) => to),
  )
  expect([...packages].filter((name) => !name.startsWith('node:')).sort()).toEqual(['lru-cache'])
  expect([...packages].filter((name) => name.startsWith('node:http'))).toEqual([])
})

test('an implementation imports its contract, the errors, and what is its own', () => {
  const homes: Record<string, RegExp> = {
    'stores/memory.ts': /^(clock|errors|options\/unknown-option|byte-size|stores\/(store|memory\/.*))\.ts$/,
    'stores/redis.ts': /^(clock|errors|options\/unknown-option|stores\/store|stores\/redis\/.*)\.ts$/,
    'stores/redis/': /^(clock|errors|options\/unknown-option|stores\/store|stores\/redis\/.*)\.ts$/,
    'stores/embedded/':
      /^(clock|errors|options\/unknown-option|byte-size|stores\/store|stores\/embedded\/.*)\.ts$/,
    'stores/lmdb.ts':
      /^(clock|errors|options\/unknown-option|byte-size|stores\/store|stores\/(embedded|lmdb)\/.*)\.ts$/,
    'stores/lmdb/': /^(clock|stores\/store|stores\/embedded\/table|stores\/lmdb\/.*)\.ts$/,
    'stores/sqlite.ts':
      /^(clock|errors|options\/unknown-option|byte-size|stores\/store|stores\/(embedded|sqlite)\/.*)\.ts$/,
    'stores/sqlite/': /^(clock|stores\/store|stores\/embedded\/table|stores\/sqlite\/.*)\.ts$/,
    'stores/network/': /^(clock|errors|options\/unknown-option|stores\/network\/.*)\.ts$/,
    'stores/memcached.ts':
      /^(clock|errors|options\/unknown-option|stores\/store|stores\/(network|memcached)\/.*)\.ts$/,
    'stores/memcached/':
      /^(clock|errors|options\/unknown-option|stores\/store|stores\/(network|memcached)\/.*)\.ts$/,
    'stores/kyoto-tycoon.ts':
      /^(clock|errors|options\/unknown-option|stores\/store|stores\/(network|kyoto-tycoon)\/.*)\.ts$/,
    'stores/kyoto-tycoon/':
      /^(clock|errors|options\/unknown-option|stores\/store|stores\/(network|kyoto-tycoon)\/.*)\.ts$/,
    'stores/null.ts': /^(clock|errors|options\/unknown-option|stores\/store)\.ts$/,
    'stores/namespaced.ts': /^(clock|errors|options\/unknown-option|stores\/store)\.ts$/,
    'stores/tiered.ts':
      /^(clock|errors|options\/unknown-option|duration|stores\/store|stores\/tiered\/.*)\.ts$/,
    'stores/tiered/': /^(clock|errors|options\/unknown-option|stores\/store|stores\/tiered\/.*)\.ts$/,
    'html/': /^html\/.*\.ts$/,
    'template/nunjucks/':
      /^(clock|errors|html\/head|options\/unknown-option|template\/(template-engine|visitor-names|nunjucks\/.*))\.ts$/,
  }
  for (const [home, allowed] of Object.entries(homes)) {
    const own = IMPORTS.filter((one) => one.from.startsWith(home) && one.own)
    expect(own.length).toBeGreaterThan(0)
    expect(shown(own.filter(({ to }) => !allowed.test(to)))).toEqual([])
  }
})

test('contracts and errors import nothing of the implementations', () => {
  const contracts = ['stores/store.ts', 'template/template-engine.ts', 'errors.ts']
  const wrong = IMPORTS.filter(
    ({ from, to, own }) =>
      contracts.includes(from) && own && to !== (from === 'errors.ts' ? 'redact.ts' : 'errors.ts'),
  )
  expect(shown(wrong)).toEqual([])
})

test('time and timers are taken from clock.ts, which fake timers of a test runner do not stop', () => {
  const runtime =
    /(?<![\w.#])(setTimeout|setInterval|setImmediate|clearTimeout|clearInterval)\b|performance\.now\(|node:timers/
  const code = (file: string) => readFileSync(join(SRC, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
  const found = FILES.filter((file) => !file.startsWith('testing/') && runtime.test(code(file)))
  expect(found).toEqual(['clock.ts'])
})

test('Fastify and Express never import each other; nobody imports http/', () => {
  const wrong = IMPORTS.filter(
    ({ from, to }) =>
      (from === 'http/fastify.ts' && (to === 'http/express.ts' || to === 'express')) ||
      (from === 'http/express.ts' && (to === 'http/fastify.ts' || to === 'fastify')) ||
      (folderOf(to) === 'http' && folderOf(from) !== 'http'),
  )
  expect(shown(wrong)).toEqual([])
})

test('a peer package is imported in one place', () => {
  for (const [peer, place] of [
    ['nunjucks', 'template/nunjucks/nunjucks.ts'],
    ['ioredis', 'stores/redis.ts'],
    ['fastify', 'http/fastify.ts'],
    ['express', 'http/express.ts'],
    ['msgpackr', 'serializers/msgpack.ts'],
    ['lmdb', 'stores/lmdb.ts'],
    ['parse5', 'html/reader.ts'],
  ] as const) {
    const places = new Set(byValue.filter(({ to }) => to === peer).map(({ from }) => from))
    expect([...places].filter((file) => file !== place)).toEqual([])
  }
  expect(byValue.some(({ to }) => to === 'nunjucks')).toBe(true)
})

test('no file or folder is a catch-all', () => {
  const words = /(^|[/-])(utils?|common|helpers?|types|misc|shared)([/.-]|$)/
  expect(FILES.filter((file) => words.test(file))).toEqual([])
})

test('no import goes round in a circle', () => {
  const next = new Map<string, string[]>()
  for (const { from, to, own } of byValue) if (own) next.set(from, [...(next.get(from) ?? []), to])
  const circles: string[] = []
  const over = new Set<string>()
  const walk = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' -> '))
    if (over.has(file) || path.includes(file)) return
    for (const to of next.get(file) ?? []) walk(to, [...path, file])
    over.add(file)
  }
  for (const file of FILES) walk(file, [])
  expect(circles).toEqual([])
})

test('only the doors re-export: what the package exports', () => {
  const { exports } = JSON.parse(readFileSync(join(SRC, '../package.json'), 'utf8')) as { exports: object }
  const doors = Object.values(exports).map((file) => file.replace('./dist/', '').replace(/\.js$/, '.ts'))
  const exporting = FILES.filter((file) => /^export .* from /m.test(readFileSync(join(SRC, file), 'utf8')))
  expect(exporting.length).toBeGreaterThan(2)
  expect(exporting.filter((file) => !doors.includes(file))).toEqual([])
})
