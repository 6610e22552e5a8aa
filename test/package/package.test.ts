import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { snippetsIn } from '../docs/snippets.ts'
import { freePort } from '../helpers/redis-server.ts'
import { npmCommand, ROOT } from './packed.ts'

const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
const run = promisify(execFile)
const npm = (args: string[], cwd: string) => run(...npmCommand(args), { cwd, maxBuffer: 10e6 })

const exported = Object.entries(manifest.exports as Record<string, string>).filter(
  ([path]) => path !== './package.json',
)

test.each(exported)('%s is a built file with types', (_path, file) => {
  expect(existsSync(join(ROOT, file))).toBe(true)
  expect(existsSync(join(ROOT, file.replace(/\.js$/, '.d.ts')))).toBe(true)
})

test('each peer is optional', () => {
  const { peerDependencies, peerDependenciesMeta } = manifest
  expect(Object.keys(peerDependencies).sort()).toEqual([
    '@opentelemetry/api',
    'autocannon',
    'express',
    'fastify',
    'ioredis',
    'lmdb',
    'lua-redis-wasm',
    'msgpackr',
    'nunjucks',
    'prom-client',
  ])
  for (const peer of Object.keys(peerDependencies))
    expect(peerDependenciesMeta[peer]).toEqual({ optional: true })
})

describe('the packed tarball, installed in an empty folder', () => {
  let folder: string
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'onetrip-package-'))
    const { stdout } = await npm(['pack', '--json', '--ignore-scripts', '--pack-destination', folder], ROOT)
    const [{ filename }] = JSON.parse(stdout)
    writeFileSync(
      join(folder, 'package.json'),
      JSON.stringify({ name: 'app', private: true, type: 'module' }),
    )
    const { devDependencies } = manifest
    const peers = ['fastify', 'nunjucks', 'typescript', '@types/node'].map(
      (name) => `${name}@${devDependencies[name]}`,
    )
    await npm(['install', '--no-audit', '--no-fund', '--prefer-offline', `./${filename}`, ...peers], folder)
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  test("runs the README's first example", async () => {
    const snippets = snippetsIn(join(ROOT, 'README.md'))
    const program = snippets.find(({ language }) => language === 'js')?.text as string
    const view = snippets.find(({ language }) => language === 'njk')?.text as string
    const port = await freePort()
    const ask = `
      for (const name of ['Anna', 'Berta']) {
        const response = await fetch('http://127.0.0.1:${port}/', { headers: { 'x-user': name } })
        console.log(response.headers.get('x-onetrip'), (await response.text()).includes('Hello ' + name))
      }
      await app.close()`
    writeFileSync(join(folder, 'app.js'), program.replace('3000', String(port)) + ask)
    mkdirSync(join(folder, 'views'), { recursive: true })
    writeFileSync(join(folder, 'views/home.njk'), view)
    const { stdout } = await run(process.execPath, ['app.js'], { cwd: folder })
    expect(stdout.trim().split('\n')).toEqual([
      'hits=0 stale=0 misses=1 trips=1 true',
      'hits=1 stale=0 misses=0 trips=1 true',
    ])
  })

  test('serves the live page, with its templates and files', async () => {
    mkdirSync(join(folder, 'views'), { recursive: true })
    writeFileSync(join(folder, 'views/home.njk'), '{% cache "hello" %}Hello{% endcache %}')
    writeFileSync(
      join(folder, 'live-page.js'),
      `import Fastify from 'fastify'
      import onetrip from 'onetrip/fastify'
      import { nunjucksEngine } from 'onetrip/nunjucks'
      const app = Fastify()
      await app.register(onetrip, { engine: nunjucksEngine({ root: 'views' }), dashboard: true })
      const { body, statusCode } = await app.inject({ url: '/_onetrip/', headers: { host: 'localhost' } })
      console.log(statusCode, body.includes('<h1>Overview</h1>'))
      const files = [...body.matchAll(/(?:src|href)="(assets[^"]+)"/g)].map(([, file]) => file)
      const scripts = files[0].replace(/[^/]+$/, '')
      for (const file of [...files, scripts + 'charts.js', scripts + 'live.js']) {
        const { statusCode, rawPayload } = await app.inject({ url: '/_onetrip/' + file, headers: { host: 'localhost' } })
        console.log(file.split('/').pop(), statusCode, rawPayload.length > 100)
      }
      await app.close()`,
    )
    const { stdout } = await run(process.execPath, ['live-page.js'], { cwd: folder })
    expect(stdout.trim().split('\n')).toEqual([
      '200 true',
      'icon.svg 200 true',
      'uplot.css 200 true',
      'dashboard.css 200 true',
      'uplot.js 200 true',
      'idiomorph.js 200 true',
      'dashboard.js 200 true',
      'charts.js 200 true',
      'live.js 200 true',
    ])
  })

  test('has types that resolve, for a strict project', async () => {
    writeFileSync(
      join(folder, 'app.ts'),
      `import Fastify from 'fastify'
      import onetrip from 'onetrip/fastify'
      import { FragmentCache, lazy, type FragmentEvent } from 'onetrip'
      import { nunjucksEngine } from 'onetrip/nunjucks'
      import { memoryStore } from 'onetrip/stores/memory'
      const app = Fastify()
      await app.register(onetrip, { engine: nunjucksEngine({ root: 'views' }), store: memoryStore(), ttl: '5m' })
      app.get('/', (request, reply) => reply.view('home.njk', { films: lazy(async () => [request.fragments.hits]) }))
      const cache: FragmentCache = app.fragments
      cache.on((event: FragmentEvent) => { if (event.type === 'miss') console.log(event.reason) })
      // @ts-expect-error a duration
      new FragmentCache({ store: memoryStore(), ttl: {} })
      `,
    )
    const options = {
      strict: true,
      exactOptionalPropertyTypes: true,
      module: 'nodenext',
      target: 'es2023',
      noEmit: true,
      types: ['node'],
    }
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: options, files: ['app.ts'] }),
    )
    await run(process.execPath, [join(folder, 'node_modules/typescript/bin/tsc')], { cwd: folder }).catch(
      (error: { stdout: string }) => expect(error.stdout).toBe(''),
    )
  })

  test('holds the built files and their sources, and no tests', async () => {
    // npm nests a dependency there of which nunjucks needs another version.
    const files = readdirSync(join(folder, 'node_modules/onetrip')).filter((name) => name !== 'node_modules')
    expect(files.sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      // The pictures and pages that the README links to.
      'bench',
      'deploy',
      'dist',
      'docs',
      'package.json',
      'src',
    ])
  })
})
