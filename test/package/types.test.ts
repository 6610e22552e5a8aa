import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { snippetsIn } from '../docs/snippets.ts'
import { ENTRY_POINTS, Project, ROOT } from './packed.ts'

/** The oldest TypeScript that is supported, and the newest. */
const COMPILERS = ['typescript54', 'typescript']
const RESOLUTIONS = { nodenext: 'nodenext', bundler: 'esnext' }

const OPTIONS = {
  target: 'es2022',
  lib: ['es2023'],
  types: ['node'],
  strict: true,
  exactOptionalPropertyTypes: true,
  noEmit: true,
}

describe('the types of the packed tarball', () => {
  const project = new Project()
  beforeAll(() => {
    project.write('package.json', JSON.stringify({ type: 'module' }))
    const documents = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'))
    let programs = 0
    for (const file of ['README.md', ...documents.map((name) => `docs/${name}`)]) {
      const folder = `snippets/${file.replace(/\W/g, '-')}`
      for (const { line, language, title, text } of snippetsIn(join(ROOT, file))) {
        if (language !== 'js' && language !== 'ts') continue
        project.write(`${folder}/line-${line}.ts`, `${text}\n`)
        // Other snippets of the document may import it.
        if (/^[\w.-]+\.[jt]s$/.test(title))
          project.write(`${folder}/${title.replace(/\.js$/, '.ts')}`, `${text}\n`)
        programs++
      }
    }
    expect(programs).toBeGreaterThan(25)
    project.write('snippets/own.ts', OWN)
    project.write('modules/all.ts', ENTRY_POINTS.map((name) => `import '${name}'\n`).join(''))
    project.write('commonjs/program.cts', COMMONJS)
    for (const [moduleResolution, module] of Object.entries(RESOLUTIONS)) {
      const compilerOptions = { ...OPTIONS, module, moduleResolution }
      const snippets = { compilerOptions: { ...compilerOptions, skipLibCheck: true }, include: ['snippets'] }
      project.write(`snippets.${moduleResolution}.json`, JSON.stringify(snippets))
    }
    const compilerOptions = { ...OPTIONS, module: 'nodenext' }
    project.write('modules.json', JSON.stringify({ compilerOptions, include: ['modules'] }))
    project.write(
      'commonjs.json',
      JSON.stringify({ compilerOptions: { ...compilerOptions, skipLibCheck: true }, include: ['commonjs'] }),
    )
  })
  afterAll(() => project.remove())

  /** The errors that a compiler reports. */
  function errorsOf(compiler: string, config: string): string {
    const tsc = join(ROOT, 'node_modules', compiler, 'bin/tsc')
    const { stdout, stderr } = spawnSync(process.execPath, [tsc, '-p', config], {
      cwd: project.folder,
      encoding: 'utf8',
    })
    return stdout + stderr
  }

  for (const compiler of COMPILERS) {
    for (const resolution of Object.keys(RESOLUTIONS)) {
      it(`serve every snippet of the documents: ${compiler}, ${resolution}`, () => {
        expect(errorsOf(compiler, `snippets.${resolution}.json`)).toBe('')
      })
    }

    it(`are right without skipLibCheck: ${compiler}`, () => {
      expect(errorsOf(compiler, 'modules.json')).toBe('')
    })
  }

  it('serve a CommonJS module', () => {
    expect(errorsOf('typescript', 'commonjs.json')).toBe('')
  })

  it('are checked: a wrong type is reported', () => {
    project.write(
      'wrong/wrong.ts',
      `import { FragmentCache } from 'onetrip'\nnew FragmentCache({ ttl: '5m' })\n`,
    )
    project.write('wrong.json', JSON.stringify({ extends: './snippets.nodenext.json', include: ['wrong'] }))
    for (const compiler of COMPILERS) expect(errorsOf(compiler, 'wrong.json')).toContain("'store' is missing")
  })
})

/** Code of authors of stores, engines and frameworks. */
const OWN = `
import { FragmentCache, type Store, type StoreCapabilities } from 'onetrip'
import type { Run, RunHost, TemplateEngine } from 'onetrip/engines'
import type { WebOptions as ExpressOptions } from 'onetrip/express'
import onetrip, { type WebOptions } from 'onetrip/fastify'
import { memoryStore } from 'onetrip/stores/memory'
import Fastify from 'fastify'

class CountingStore implements Store {
  reads = 0
  readonly #store: Store = memoryStore()
  readonly capabilities: StoreCapabilities = this.#store.capabilities
  getMany(keys: readonly string[]) {
    this.reads++
    return this.#store.getMany(keys)
  }
  stampMany: Store['stampMany'] = (stamps) => this.#store.stampMany(stamps)
  setMany: Store['setMany'] = (entries) => this.#store.setMany(entries)
  touchMany: Store['touchMany'] = (items) => this.#store.touchMany(items)
  deleteMany: Store['deleteMany'] = (keys) => this.#store.deleteMany(keys)
  clock: Store['clock'] = () => this.#store.clock()
  clear: Store['clear'] = (prefix) => this.#store.clear(prefix)
  close: Store['close'] = () => this.#store.close()
}

const renderAll = async (template: string, data: object, host: RunHost): Promise<Run> => {
  throw new Error(\`\${template} \${Object.keys(data)} \${host.dataPolicy.strict}\`)
}
const engine: TemplateEngine = { digest: '1', run: renderAll, digestOf: () => null }

const options: WebOptions & ExpressOptions = { engine, store: new CountingStore(), ttl: '5m' }
await Fastify().register(onetrip, options)
export const cache = new FragmentCache({ engine, store: new CountingStore() })
export const currentPage = cache.trackPages()
`

const COMMONJS = `
import express = require('express')
import onetrip from 'onetrip/express'
import required = require('onetrip/express')
import { FragmentCache } from 'onetrip'
import { memoryStore } from 'onetrip/stores/memory'

const cache = new FragmentCache({ store: memoryStore(), ttl: '5m' })
express().use(onetrip({ cache, render: false }))
express().use(required.default({ cache, render: false }))
`
