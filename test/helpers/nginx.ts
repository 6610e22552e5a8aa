import { type ChildProcess, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { type IncomingHttpHeaders, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { startProgram } from './child-process.ts'
import { freePort } from './redis-server.ts'

const DEPLOY = join(import.meta.dirname, '../../deploy/nginx')
const MODULES = '/usr/lib/nginx/modules'
// As root, nginx is not in the PATH of every shell.
const program = ['nginx', '/usr/sbin/nginx'].find((name) => spawnSync(name, ['-v']).status === 0)
const hasLua = existsSync(`${MODULES}/ngx_http_lua_module.so`)

const HOW_TO_INSTALL =
  'no nginx with the Lua module on this machine: on Debian, apt-get install nginx libnginx-mod-http-lua'

/**
 * `describe` for tests that need {@link startNginx}. Without nginx it skips them and says so; with
 * `ONETRIP_NO_SKIP=1` it throws.
 */
export function describeNginx(name: string, fn: () => void): void {
  if (program && hasLua) {
    describe(name, fn)
    return
  }
  if (process.env.ONETRIP_NO_SKIP === '1') throw new Error(`${name} cannot run: ${HOW_TO_INSTALL}`)
  console.warn(`\n*** SKIPPED: "${name}": ${HOW_TO_INSTALL} ***\n`)
  describe.skip(name, fn)
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** The header X-Cache. */
  readonly cache: string | undefined
}

export interface Ask {
  readonly host?: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface Nginx {
  readonly port: number
  /** The folder of its configuration, its cache and its logs. */
  readonly folder: string
  get(path: string, ask?: Ask): Promise<Answer>
  /** Reads the configuration anew; resolves when the workers before have ended. */
  reload(): Promise<void>
  /** Ends it once the requests in flight are answered. */
  quit(): Promise<void>
  /** Process ids of the workers. */
  workers(): number[]
  /** All lines that it has written to its error log. */
  errors(): string
  stop(): Promise<void>
}

export interface NginxOptions {
  /** Port of the application. */
  readonly app: number
  /** `redis://...` of the counts. @defaultValue one where nothing listens */
  readonly redis?: string
  /** False for an nginx without the Lua module, which counts by a log. @defaultValue true */
  readonly lua?: boolean
  /** Further changes to the files, by name: each text must be there. */
  readonly edits?: Readonly<Record<string, readonly (readonly [text: string, by: string])[]>>
}

/**
 * Starts nginx with the files of deploy/nginx: what a user edits (address, port, paths) is
 * replaced, and nothing else.
 */
export async function startNginx({ app, redis, lua = true, edits = {} }: NginxOptions): Promise<Nginx> {
  if (!program) throw new Error(HOW_TO_INSTALL)
  const folder = mkdtempSync(join(tmpdir(), 'onetrip-nginx-'))
  cpSync(DEPLOY, folder, { recursive: true })
  const port = await freePort()
  const own: NginxOptions['edits'] = {
    'conf.d/onetrip.conf': [['/var/cache/onetrip', `${folder}/cache`]],
    'conf.d/onetrip-lua.conf': [
      ['/etc/nginx/lua', `${folder}/lua`],
      ['redis://127.0.0.1:6379', redis ?? 'redis://127.0.0.1:1'],
    ],
    'site.conf': [
      ['listen 80', `listen 127.0.0.1:${port}`],
      ['127.0.0.1:3000', `127.0.0.1:${app}`],
    ],
  }
  for (const all of [own, edits])
    for (const [name, changes] of Object.entries(all)) edit(join(folder, name), changes)
  if (!lua) {
    rmSync(join(folder, 'conf.d/onetrip-lua.conf'))
    edit(join(folder, 'snippets/onetrip-count.conf'), [
      ['log_by_lua_block', '# log_by_lua_block'],
      ['# access_log /var/log/nginx/', `access_log ${folder}/`],
    ])
  }
  writeFileSync(join(folder, 'nginx.conf'), mainConfig(lua))
  for (const name of TEMPORARY) mkdirSync(join(folder, name))

  let printed = ''
  const child = startProgram(program, ['-e', 'stderr', '-p', `${folder}/`, '-c', 'nginx.conf'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    // The leader of a group, with which its workers end.
    detached: true,
  })
  child.stderr?.on('data', (chunk: Buffer) => {
    printed += chunk.toString()
  })
  const workers = () => childrenOf(child)
  await expect
    .poll(() => {
      if (child.exitCode !== null) throw new Error(`nginx ended:\n${printed}`)
      return printed.match(/start worker process \d/g)?.length
    })
    .toBe(WORKERS)
  const signal = async (name: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill(name)
    await exit
  }
  return {
    port,
    folder,
    get: (path, ask) => get(port, path, ask),
    async reload() {
      const before = workers()
      child.kill('SIGHUP')
      await expect.poll(() => workers().some((pid) => before.includes(pid))).toBe(false)
      await expect.poll(() => workers().length).toBeGreaterThanOrEqual(WORKERS)
    },
    quit: () => signal('SIGQUIT'),
    workers,
    errors: () => printed,
    async stop() {
      await signal('SIGTERM')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const WORKERS = 2
const LUA_MODULES = ['ndk_http_module', 'ngx_http_lua_module']
const TEMPORARY = ['body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']

function mainConfig(lua: boolean): string {
  return [
    ...(lua ? LUA_MODULES.map((name) => `load_module ${MODULES}/${name}.so;`) : []),
    // Else its workers are nobody, who cannot read a temporary folder.
    process.getuid?.() === 0 ? 'user root;' : '',
    `worker_processes ${WORKERS};`,
    'daemon off;',
    'pid nginx.pid;',
    'error_log stderr notice;',
    'events { worker_connections 256; }',
    'http {',
    'access_log off;',
    ...TEMPORARY.map((name) =>
      name === 'body' ? `client_body_temp_path ${name};` : `${name}_temp_path ${name};`,
    ),
    'include conf.d/*.conf;',
    'include site.conf;',
    '}',
  ].join('\n')
}

function edit(file: string, changes: readonly (readonly [string, string])[]): void {
  let text = readFileSync(file, 'utf8')
  for (const [old, by] of changes) {
    if (!text.includes(old)) throw new Error(`${file} does not have "${old}"`)
    text = text.replaceAll(old, by)
  }
  writeFileSync(file, text)
}

/** The workers of a master, without the processes that manage the cache. */
function childrenOf({ pid }: ChildProcess): number[] {
  if (!existsSync(`/proc/${pid}`)) return []
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' '),
  )
  return children.filter((child) => /worker process/.test(titleOf(child))).map(Number)
}

function titleOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return '' // it has ended
  }
}

/** Asks a server of this machine for a page, on a connection of its own. */
export function get(port: number, path: string, ask: Ask = {}): Promise<Answer> {
  const { host = 'shop.example', method = 'GET', headers = {} } = ask
  return new Promise((resolve, reject) => {
    const sent = request({
      port,
      path,
      method,
      host: '127.0.0.1',
      agent: false,
      headers: { host, ...headers },
    })
    sent.once('error', reject)
    sent.once('response', async (response) => {
      const parts: Buffer[] = []
      response.once('error', reject)
      for await (const part of response) parts.push(part)
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        body: Buffer.concat(parts).toString(),
        cache: response.headers['x-cache'] as string | undefined,
      })
    })
    sent.end()
  })
}
