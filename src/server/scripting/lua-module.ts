import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type WasmCode, WebAssembly } from './web-assembly.ts'

/** The package with the engine, and its only version whose parts are known to fit. */
export const LUA_PACKAGE = 'lua-redis-wasm'
export const LUA_VERSION = '1.5.0'

/** Number of the error of a file that is not open. */
const BAD_FILE = 8

/** Functions that the engine calls. Pointers and lengths are bytes of its memory. */
export interface LuaImports {
  host_redis_call(result: number, args: number, length: number): void
  host_redis_pcall(result: number, args: number, length: number): void
  host_redis_log(): void
  host_redis_props(result: number): void
  host_redis_setresp(): void
  host_sha1hex(result: number, text: number, length: number): void
}

/** The engine's functions. A result is written as a pointer and a length. */
export interface LuaModule {
  /** Its memory, which does not grow. */
  readonly HEAPU8: Uint8Array
  _alloc(size: number): number
  _free_mem(at: number): void
  _set_compat(flags: number): void
  _set_limits(instructions: number, maxReply: number, maxArgs: number): void
  _init(): number
  /** Frees all that Lua holds, and starts it anew. */
  _reset(): number
  _eval_with_args(
    result: number,
    script: number,
    length: number,
    args: number,
    argsLength: number,
    keys: number,
  ): void
}

type ModuleFactory = (options: object) => Promise<LuaModule>
type Imports = Record<string, Record<string, unknown>>

interface Loaded {
  readonly code: WasmCode
  readonly factory: ModuleFactory
}

let loaded: Promise<Loaded> | undefined

/**
 * Compiles the engine ahead of the first script, once in a process: that would take longer than
 * many clients wait for a reply. Without the package, the first script says so.
 */
export function preloadLua(): void {
  load().catch(() => {})
}

/** Compiles the engine, once in a process. */
function load(): Promise<Loaded> {
  loaded ??= loadPackage()
  // A package that is installed meanwhile is found by the next server.
  loaded.catch(() => {
    loaded = undefined
  })
  return loaded
}

async function loadPackage(): Promise<Loaded> {
  const { resolve } = createRequire(import.meta.url)
  // Its two parts are enough: the entry adds encoders, which have to be loaded, too.
  const folder = dirname(resolve(LUA_PACKAGE))
  const { version } = JSON.parse(await readFile(join(folder, '../package.json'), 'utf8')) as {
    version: string
  }
  if (version !== LUA_VERSION)
    throw new Error(`version ${version} of ${LUA_PACKAGE} is installed, not ${LUA_VERSION}`)
  const [code, glue] = await Promise.all([
    readFile(join(folder, 'redis_lua.wasm')).then((bytes) => WebAssembly.compile(withMoreMemory(bytes))),
    import(pathToFileURL(join(folder, 'redis_lua.mjs')).href) as Promise<{ default: ModuleFactory }>,
  ])
  return { code, factory: glue.default }
}

/** The memory section of the engine's code: 1,024 pages of 64 KB, no fewer and no more (LEB128). */
const MEMORY_SECTION = Buffer.from([5, 6, 1, 1, 0x80, 0x08, 0x80, 0x08])
/** The same section with 8,192 pages. */
const LARGER_SECTION = Buffer.from([5, 6, 1, 1, 0x80, 0x40, 0x80, 0x40])
/** Memory of scripts, in MB. */
export const LUA_MEMORY_MB = 512

/**
 * Gives the engine more than the 64 MB that it was built with: a value takes some five times its
 * size on its way through a script. The system provides only what is used.
 */
function withMoreMemory(code: Buffer): Buffer {
  const at = code.indexOf(MEMORY_SECTION)
  if (at < 0 || code.indexOf(MEMORY_SECTION, at + 1) >= 0)
    throw new Error(`the memory of ${LUA_PACKAGE} is not where it is in version ${LUA_VERSION}`)
  LARGER_SECTION.copy(code, at)
  return code
}

/** Makes a new engine, without globals of ours. */
export async function createLuaModule(imports: LuaImports): Promise<LuaModule> {
  const { code, factory } = await load()
  return factory({
    instantiateWasm(own: Imports, use: (instance: object) => unknown) {
      const all = {
        ...own.env,
        ...imports,
        // Its own function ends the engine; Lua can raise an error instead.
        emscripten_resize_heap: () => 0,
        // Lua says on stderr why it ends. Arguments that do not fit are a reason.
        fd_write: () => BAD_FILE,
        exit: () => {
          throw new Error('not enough memory')
        },
      }
      const instance = new WebAssembly.Instance(code, { env: all, wasi_snapshot_preview1: all })
      return use(instance)
    },
  })
}
