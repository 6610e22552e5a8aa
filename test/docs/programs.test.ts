import { type ChildProcess, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { PER_VISITOR } from 'onetrip'
import typescript from 'typescript54'
import { afterEach, expect, test } from 'vitest'
import { startProgram } from '../helpers/child-process.ts'
import { describeRedis, freePort, startRedis } from '../helpers/redis-server.ts'
import { plain, type Snippet, snippetsIn } from './snippets.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const FILES = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]
/** Its examples are templates: examples.test.ts runs them. */
const TEMPLATES = 'docs/templates.md'

interface Program {
  file: string
  line: number
  name: string
  code: string
  /** The expected output; `page` is the expected HTML. */
  prints: string | undefined
  page: string | undefined
  needsRedis: boolean
}

/**
 * The programs of a document. Its templates, and its programs by their titles, are files for all of
 * them.
 */
function programsOf(file: string): { programs: Program[]; files: Snippet[]; sessions: Snippet[] } {
  const snippets = snippetsIn(join(ROOT, file))
  const programs: Program[] = []
  const files: Snippet[] = []
  const sessions: Snippet[] = []
  for (const { line, language, title, text } of snippets) {
    const last = programs.at(-1)
    if (language === 'js' || language === 'ts') {
      const code = language === 'ts' ? withoutTypes(text) : text
      if (/^[\w.-]+\.[jt]s$/.test(title)) {
        files.push({ file, line, language, title: title.replace(/\.ts$/, '.js'), text: code })
      }
      programs.push({
        file,
        line,
        name: title,
        code,
        prints: undefined,
        page: undefined,
        needsRedis: text.includes('REDIS_URL'),
      })
    } else if (language === 'njk') files.push({ file, line, language, title, text })
    else if (language === 'text' && last) last.prints = text
    else if (language === 'html' && last) last.page = text
    else if (language === 'sh') checkCommand(text)
    else if (language === 'console') sessions.push({ file, line, language, title, text })
    else if (language === 'names') expect(text.split(/\s+/)).toEqual(PER_VISITOR)
    else throw new Error(`${file}, line ${line}: a block of ${language} is not run by this test`)
  }
  for (const program of programs)
    program.needsRedis ||= files.some(
      ({ title, text }) => text.includes('REDIS_URL') && imports(program, title),
    )
  // A module that other programs import is run by them.
  const modules = files.filter(({ title }) => programs.some((program) => imports(program, title)))
  const isModule = ({ line }: Program) => modules.some((module) => module.line === line)
  return { programs: programs.filter((program) => !isModule(program)), files, sessions }
}

function imports({ code }: Program, file: string): boolean {
  return code.includes(` from './${file}'`)
}

function withoutTypes(code: string): string {
  const { ModuleKind, ScriptTarget } = typescript
  return typescript.transpileModule(code, {
    compilerOptions: { module: ModuleKind.ESNext, target: ScriptTarget.ES2022, verbatimModuleSyntax: true },
  }).outputText
}

/** The package's scripts are run by CI; here, that they are there. */
function checkCommand(text: string): void {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  for (const command of text.split(/\n|&&/)) {
    const [npm, ...words] = command.trim().split(' ')
    if (npm !== 'npm') throw new Error(`a command of the docs that no test knows: ${command}`)
    const script = words[0] === 'run' ? words[1] : words[0]
    if (script !== 'install') expect(Object.keys(scripts)).toContain(script)
  }
}

const folders: string[] = []
const children: ChildProcess[] = []
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
  }
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

/** A folder with a document's templates and modules. */
function folderWith(files: readonly Snippet[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'onetrip-docs-'))
  folders.push(folder)
  mkdirSync(join(folder, 'views'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  for (const { title, text } of files) {
    mkdirSync(dirname(join(folder, title)), { recursive: true })
    writeFileSync(join(folder, title), text)
  }
  return folder
}

const SLOW_TIMEOUTS = pathToFileURL(join(import.meta.dirname, 'slow-timeouts.js')).href
const CLI = join(ROOT, 'dist/cli/onetrip.js')

/** A command line and what it prints; of a line that ends with `...` the begin counts. */
function runSession(session: Snippet, files: readonly Snippet[]): void {
  const { args, shown } = partsOf(session)
  const { stdout } = spawnSync(process.execPath, [CLI, ...args], { cwd: folderWith(files), encoding: 'utf8' })
  for (const line of shown) expect(stdout).toContain(line)
}

/** A command line that runs until it is stopped. */
async function runUntilStopped(session: Snippet, files: readonly Snippet[], redisUrl = ''): Promise<void> {
  const { args, shown } = partsOf(session)
  const cwd = folderWith(files)
  linkPackages(cwd)
  const child = startProgram(process.execPath, [CLI, ...args], {
    cwd,
    env: { PATH: process.env.PATH, REDIS_URL: redisUrl },
  })
  children.push(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text) => {
      output += text
    })
  const exited = once(child, 'exit')
  await expect.poll(() => shown.filter((line) => !output.includes(line))).toEqual([])
  child.kill('SIGINT')
  expect((await exited)[0], output).toBe(0)
}

function partsOf({ text }: Snippet): { args: string[]; shown: string[] } {
  const [command = '', ...lines] = text.split('\n')
  const [npx, name, ...args] = command.replace('$ ', '').split(' ')
  expect([npx, name]).toEqual(['npx', 'onetrip'])
  return { args, shown: lines.map((line) => line.replace(/\.\.\.$/, '')) }
}

/** Gives a folder the package and those that it needs. */
function linkPackages(folder: string): void {
  mkdirSync(join(folder, 'node_modules'))
  for (const name of readdirSync(join(ROOT, 'node_modules')).filter((one) => !one.startsWith('.'))) {
    symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name))
  }
  symlinkSync(ROOT, join(folder, 'node_modules/onetrip'))
}

/** Runs a program in a folder of its own that has the package, as an installed one is found. */
async function run({ code, prints, page }: Program, files: Snippet[], redisUrl = ''): Promise<void> {
  const folder = folderWith(files)
  linkPackages(folder)
  const port = await freePort()
  writeFileSync(join(folder, 'program.mjs'), code.replaceAll('3000', String(port)))
  const args = redisUrl === '' ? [] : ['--import', SLOW_TIMEOUTS]
  const child = startProgram(process.execPath, [...args, 'program.mjs'], {
    cwd: folder,
    env: { PATH: process.env.PATH, REDIS_URL: redisUrl },
  })
  children.push(child)
  let output = ''
  child.stdout.on('data', (text) => {
    output += text
  })
  child.stderr.on('data', (text) => {
    output += text
  })
  const exited = once(child, 'exit')
  if (/listen|server\.start/.test(code)) {
    const found = await getPage(port, child, () => output)
    if (page !== undefined) {
      expect(plain(found)).toBe(page)
      expect(plain(await getPage(port, child, () => output))).toBe(page)
    }
  } else {
    expect((await exited)[0], output).toBe(0)
  }
  if (prints !== undefined) expect(output.trim()).toBe(prints)
}

async function getPage(port: number, child: ChildProcess, output: () => string): Promise<string> {
  await untilListening(port, child)
  if (child.exitCode !== null) throw new Error(`the program has ended: ${output()}`)
  const response = await fetch(`http://127.0.0.1:${port}/`)
  expect(response.status, output()).toBe(200)
  return response.text()
}

/** Resolves when a program takes connections, or has ended. */
async function untilListening(port: number, child: ChildProcess): Promise<void> {
  const listens = () =>
    new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1')
      socket.once('connect', () => resolve(true)).once('error', () => resolve(child.exitCode !== null))
      socket.once('connect', () => socket.destroy())
    })
  await expect.poll(listens, { interval: 50 }).toBe(true)
}

function withRedis(title: string, fn: (url: string) => Promise<void>): void {
  describeRedis(title, () => {
    test('runs', async () => {
      const server = await startRedis()
      try {
        await fn(server.url)
      } finally {
        await server.stop()
      }
    })
  })
}

for (const file of FILES.filter((name) => name !== TEMPLATES)) {
  const { programs, files, sessions } = programsOf(file)
  for (const session of sessions) {
    const title = `${file}, line ${session.line}: ${session.text.split('\n')[0]}`
    if (/onetrip server (?!--help)/.test(title)) test(title, () => runUntilStopped(session, files))
    else if (!/onetrip worker (?!--help)/.test(title)) test(title, () => runSession(session, files))
    else withRedis(title, (url) => runUntilStopped(session, files, url))
  }
  for (const program of programs) {
    const title = `${file}, line ${program.line}: ${program.name}`
    if (program.needsRedis) withRedis(title, (url) => run(program, files, url))
    else test(title, () => run(program, files))
  }
}

test('links inside the documents lead somewhere', () => {
  for (const file of FILES) {
    const text = readFileSync(join(ROOT, file), 'utf8')
    for (const [, target] of text.matchAll(/\]\(([^)#:]+)\)/g)) {
      expect(
        () => readFileSync(join(ROOT, dirname(file), target as string)),
        `${file}: ${target}`,
      ).not.toThrow()
    }
  }
})
