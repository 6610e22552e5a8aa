import { createHash } from 'node:crypto'
import { CommandError } from '../command-error.ts'
import { writeLatin1 } from '../protocol/latin1.ts'
import { error } from '../protocol/reply.ts'
import type { ReplyForm } from '../protocol/reply-form.ts'
import { ABI } from './abi.ts'
import { memoryOf, readArgs, sizeOfGiven, writeGiven } from './lua-memory.ts'
import { createLuaModule, type LuaModule } from './lua-module.ts'
import { LuaResult, upToNull } from './lua-result.ts'
import { LuaReplyEncoder } from './reply-to-lua.ts'
import { runPrelude } from './run-prelude.ts'

/** The server, as a running script reaches it. */
export interface ScriptHost {
  /** The version of the protocol whose replies the script is given. */
  version: 2 | 3
  /** Runs a command. Returns its reply; an error is a reply, too. */
  call(args: readonly string[]): string
  /** Returns true if there is such a command. */
  exists(args: readonly string[]): boolean
}

/** An error that ended a script. */
export interface ScriptFailure {
  /** The text of the error, with its code. */
  readonly message: string
  /** Name of the chunk, `@user_script`; empty if it is not known. */
  readonly source: string
  /** Empty if it is not known, such as after a call in the place of a result. */
  readonly line: string
}

/** A function that a library registers. */
export interface Registration {
  readonly name: string
  readonly description: string | undefined
  readonly flags: readonly string[]
}

/** The mark in the error of a script that ran too long. */
export const TOO_LONG = 'Script killed by fuel limit'

/** The text of Lua, and of what did not come as far as Lua. */
export const OUT_OF_MEMORY = 'not enough memory'
/** The result of a script if there was no memory to encode it. */
const NOT_ENCODED = 'ERR unsupported Lua return type'

/** Memory that is kept for what scripts are given, in bytes. More is allocated when needed. */
const GIVEN_SIZE = 16 * 1024

/** The engine broke off: its state is not known any more. */
export class LuaCrash extends Error {
  override readonly name = 'LuaCrash'
}

/** One interpreter of Lua. Scripts are compiled once, and run one at a time. */
export class LuaEngine {
  readonly #lua: LuaModule
  readonly #memory: Buffer
  readonly #encoder = new LuaReplyEncoder()
  /** Memory for the place of a result. */
  readonly #result: number
  /** Memory for what a script is given: read when it begins. */
  readonly #given: number
  /** The last result, which is freed by the next call. */
  #last = 0
  readonly #compiled = new Set<string>()
  readonly #libraries = new Set<string>()
  /** The functions that the library which is being loaded has registered. */
  #registered: Registration[] = []
  #host: ScriptHost | undefined
  #failure: ScriptFailure | undefined
  /** There was no memory for a reply. */
  #full = false
  /** Thrown by the host, and kept until the engine has returned. */
  #thrown: unknown

  /** @throws Error if the engine cannot be loaded */
  static async create(): Promise<LuaEngine> {
    let engine: LuaEngine | undefined
    let module: LuaModule | undefined
    const lua = await createLuaModule({
      host_redis_call: (result, args, length) => (engine as LuaEngine).#control(result, args, length),
      host_redis_pcall: (result, args, length) => (engine as LuaEngine).#command(result, args, length),
      host_sha1hex: (result, text, length) => (engine as LuaEngine).#sha1(result, text, length),
      host_redis_log: () => {},
      host_redis_setresp: () => {},
      // Called when the engine has its functions and has not locked its globals yet.
      host_redis_props: (result) => {
        if (module) runPrelude(module, result)
      },
    })
    module = lua
    lua._set_compat(0)
    if (lua._init() !== 0) throw new Error('the engine of Lua does not start')
    engine = new LuaEngine(lua)
    return engine
  }

  private constructor(lua: LuaModule) {
    this.#lua = lua
    this.#memory = memoryOf(lua)
    this.#result = lua._alloc(8)
    this.#given = lua._alloc(GIVEN_SIZE)
  }

  /** @param instructions that a script may run, in a thousand at a time */
  limit(instructions: number): void {
    this.#lua._set_limits(instructions, 0, 0)
  }

  /** Returns true if a script was compiled, and not forgotten. */
  has(name: string): boolean {
    return this.#compiled.has(name)
  }

  /** Compiles a script. Returns the error of one that is wrong. */
  compile(name: string, text: string): string | undefined {
    const result = this.#eval('return __compile(KEYS[1], ARGV[1])', [name], [text])
    if (result.type === ABI.NULL) {
      this.#compiled.add(name)
      return undefined
    }
    const problem = result.text
    this.#recover(problem)
    return problem
  }

  /** Forgets all scripts. */
  forget(): void {
    this.#compiled.clear()
    this.#eval('__forget()', [], [])
  }

  /** Returns true if a library was loaded, and not unloaded. */
  hasLibrary(id: string): boolean {
    return this.#libraries.has(id)
  }

  /** Runs a library. Returns the functions that it registers, or why it is refused. */
  load(id: string, text: string): readonly Registration[] | string {
    this.#registered = []
    const result = this.#eval('return __load(KEYS[1], ARGV[1])', [id], [text])
    if (result.type === ABI.NULL) {
      this.#libraries.add(id)
      return this.#registered
    }
    const problem = result.text
    this.#recover(problem)
    return problem
  }

  unload(id: string): void {
    if (this.#libraries.delete(id)) this.#eval('__unload(KEYS[1])', [id], [])
  }

  /**
   * Runs a script that is compiled.
   *
   * @param form of the reply
   * @returns its reply, or why it ended
   * @throws CommandError that the script returns
   */
  run(
    name: string,
    host: ScriptHost,
    keys: readonly string[],
    args: readonly string[],
    form: ReplyForm,
  ): string | ScriptFailure {
    return this.#run('return __run()', host, keys, [...args, name], form)
  }

  /** Calls a function of a library that is loaded. Returns as {@link run} does. */
  call(
    id: string,
    name: string,
    host: ScriptHost,
    keys: readonly string[],
    args: readonly string[],
    form: ReplyForm,
  ): string | ScriptFailure {
    return this.#run('return __fcall()', host, keys, [...args, id, name], form)
  }

  #run(
    chunk: string,
    host: ScriptHost,
    keys: readonly string[],
    args: readonly string[],
    form: ReplyForm,
  ): string | ScriptFailure {
    this.#host = host
    this.#failure = undefined
    this.#thrown = undefined
    this.#full = false
    try {
      const result = this.#eval(chunk, keys, args)
      if (this.#thrown !== undefined) throw this.#thrown
      if (result.type === ABI.ERROR && result.text === NOT_ENCODED) this.#full = true
      if (this.#full) this.#failure = { message: `ERR ${OUT_OF_MEMORY}`, source: '', line: '' }
      if (result.type === ABI.FAILURE)
        this.#failure ??= { message: `ERR ${result.text}`, source: '', line: '' }
      if (this.#failure) {
        this.#recover(this.#failure.message)
        return this.#failure
      }
      if (result.type === ABI.ERROR) throw new CommandError(upToNull(result.text))
      return result.reply(form, host.version)
    } finally {
      this.#host = undefined
    }
  }

  /** Runs a chunk of Lua. Its result can be read until the next call. */
  #eval(script: string, keys: readonly string[], args: readonly string[]): LuaResult {
    const lua = this.#lua
    lua._free_mem(this.#last)
    this.#last = 0
    const size = sizeOfGiven(keys, args)
    const isSmall = script.length + size <= GIVEN_SIZE
    const at = isSmall ? this.#given : lua._alloc(script.length + size)
    if (at === 0) return this.#outOfMemory()
    const memory = this.#memory
    const argsAt = writeLatin1(memory, script, at)
    writeGiven(memory, keys, args, argsAt)
    try {
      lua._eval_with_args(this.#result, at, script.length, argsAt, size, keys.length)
    } catch (thrown) {
      throw new LuaCrash((thrown as Error).message)
    }
    if (!isSmall) lua._free_mem(at)
    this.#last = memory.readUInt32LE(this.#result)
    return this.#last === 0 ? this.#outOfMemory() : new LuaResult(memory, this.#last)
  }

  /** Empties the engine when its memory is full: Lua fails before it collects its garbage. */
  #recover(problem: string): void {
    if (!problem.includes(OUT_OF_MEMORY)) return
    this.#compiled.clear()
    this.#libraries.clear()
    this.#lua._reset()
  }

  #outOfMemory(): LuaResult {
    const text = Buffer.from(`\x06\0\0\0\0\0\0\0\0${OUT_OF_MEMORY}`, 'latin1')
    text.writeUInt32LE(4 + OUT_OF_MEMORY.length, 1)
    return new LuaResult(text, 0)
  }

  #command(result: number, at: number, length: number): void {
    let reply: string
    try {
      reply = (this.#host as ScriptHost).call(readArgs(this.#memory, at, length))
    } catch (thrown) {
      // Nothing may be thrown through the engine.
      this.#thrown ??= thrown
      reply = error(`ERR ${TOO_LONG}`)
    }
    this.#answer(result, reply)
  }

  #control(result: number, at: number, length: number): void {
    const [name, ...args] = readArgs(this.#memory, at, length)
    if (name === 'failed') {
      const [message = '', source = '', line = ''] = args
      this.#failure = { message: upToNull(message), source, line }
    } else if (name === 'function') {
      const [fn = '', isDescribed, description, ...flags] = args
      this.#registered.push({ name: fn, description: isDescribed === '1' ? description : undefined, flags })
    } else if (this.#host && name === 'resp') this.#host.version = args[0] === '3' ? 3 : 2
    const isThere = name === 'exists' && this.#host?.exists(args)
    this.#answer(result, isThere ? ':1\r\n' : ':0\r\n')
  }

  #sha1(result: number, at: number, length: number): void {
    const digest = createHash('sha1')
      .update(this.#memory.subarray(at, at + length))
      .digest('hex')
    this.#put(result, Buffer.from(digest, 'latin1'))
  }

  #answer(result: number, reply: string): void {
    this.#put(result, this.#encoder.encode(reply))
  }

  /** Without memory the result is empty, which the engine makes an error. */
  #put(result: number, bytes: Buffer): void {
    const at = this.#lua._alloc(bytes.length)
    if (at === 0) this.#full = true
    else this.#memory.set(bytes, at)
    this.#memory.writeUInt32LE(at, result)
    this.#memory.writeUInt32LE(at === 0 ? 0 : bytes.length, result + 4)
  }
}
