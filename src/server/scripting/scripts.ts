import { createHash } from 'node:crypto'
import { CommandError } from '../command-error.ts'
import type { Config } from '../config/config.ts'
import type { ReplyForm } from '../protocol/reply-form.ts'
import { likelyLine } from './likely-line.ts'
import {
  LuaCrash,
  LuaEngine,
  OUT_OF_MEMORY,
  type ScriptFailure,
  type ScriptHost,
  TOO_LONG,
} from './lua-engine.ts'
import { LUA_MEMORY_MB, LUA_PACKAGE, LUA_VERSION } from './lua-module.ts'
import { readScriptHeader, type ScriptHeader } from './script-flags.ts'

/** A script that EVALSHA finds. */
export interface Script extends ScriptHeader {
  /** SHA-1 of the text, in 40 hexadecimal digits of lower case. */
  readonly hash: string
  readonly text: string
}

/** A script that spends this many times `busy-reply-threshold` in commands is ended. */
const PATIENCE = 10

/** Instructions of Lua for each ms of `busy-reply-threshold`: about as many as run in it. */
const INSTRUCTIONS_PER_MS = 400_000
const MAX_INSTRUCTIONS = 4_000_000_000
/** Time of a library to register its functions, in ms. */
const LOAD_MS = 500

/** The scripts of a server, and the engine that runs them. */
export class Scripts {
  readonly #byHash = new Map<string, Script>()
  readonly #byText = new Map<string, Script>()
  #instructions = MAX_INSTRUCTIONS
  /** How long a script may run until its last command begins, in ms; Infinity without a limit. */
  timeLimit = Number.POSITIVE_INFINITY
  #engine: LuaEngine | undefined
  #problem: string | undefined
  #loading: Promise<void> | undefined
  /** Characters of all scripts. */
  bytes = 0

  constructor(config: Config) {
    config.follow('busy-reply-threshold', (threshold) => {
      const ms = Number(threshold)
      this.timeLimit = ms > 0 ? PATIENCE * ms : Number.POSITIVE_INFINITY
      this.#instructions = instructionsIn(ms)
      this.#engine?.limit(this.#instructions)
    })
  }

  get size(): number {
    return this.#byHash.size
  }

  get hasEngine(): boolean {
    return this.#engine !== undefined
  }

  /** True if the engine is loaded, or cannot be. */
  get isReady(): boolean {
    return this.#engine !== undefined || this.#problem !== undefined
  }

  /** The error of all scripts, if the engine cannot be loaded. */
  get problem(): string | undefined {
    return this.#problem
  }

  /**
   * Loads the engine, unless it is ready. Without it scripts are answered by an error, and all else
   * works.
   */
  load(): Promise<void> {
    if (this.isReady) return Promise.resolve()
    this.#loading ??= this.#load().finally(() => {
      this.#loading = undefined
    })
    return this.#loading
  }

  async #load(): Promise<void> {
    try {
      const engine = await LuaEngine.create()
      engine.limit(this.#instructions)
      this.#engine = engine
    } catch (thrown) {
      this.#problem = problemOf(thrown)
    }
  }

  /** Returns a script by its hash, in any case. */
  find(hash: string): Script | undefined {
    return this.#byHash.get(hash) ?? this.#byHash.get(hash.toLowerCase())
  }

  /** Returns a script by its text, if it was added. */
  findText(text: string): Script | undefined {
    return this.#byText.get(text)
  }

  /**
   * Adds a script, unless it is there.
   *
   * @throws CommandError if it is no Lua, or there is no engine
   */
  add(text: string): Script {
    const found = this.#byText.get(text)
    if (found) return found
    const script = { hash: hashOf(text), text, ...readScriptHeader(text) }
    this.use((engine) => this.#compile(engine, script))
    this.#byText.set(text, script)
    this.#byHash.set(script.hash, script)
    this.bytes += text.length
    return script
  }

  /** Removes all scripts. */
  flush(): void {
    this.#byHash.clear()
    this.#byText.clear()
    this.bytes = 0
    if (this.#engine) this.use((engine) => engine.forget())
  }

  /**
   * Runs a script. Returns its reply.
   *
   * @throws CommandError
   */
  run(
    script: Script,
    host: ScriptHost,
    keys: readonly string[],
    args: readonly string[],
    form: ReplyForm,
  ): string {
    const result = this.use((engine) => {
      // Engines that failed were replaced.
      if (!engine.has(script.hash)) this.#compile(engine, script)
      return engine.run(script.hash, host, keys, args, form)
    })
    if (typeof result === 'string') return result
    throw errorOf(result, script.hash, `@user_script:${likelyLine(script.text)}`)
  }

  #compile(engine: LuaEngine, script: Script): void {
    const problem = engine.compile(script.hash, script.text.slice(script.length))
    if (problem !== undefined) throw new CommandError(`ERR Error compiling script (new function): ${problem}`)
  }

  /** Unloads a library, if there is an engine that has it. */
  unload(id: string): void {
    if (this.#engine) this.use((engine) => engine.unload(id))
  }

  /**
   * Uses the engine with the limit of FUNCTION LOAD.
   *
   * @throws CommandError
   */
  useBriefly<Result>(work: (engine: LuaEngine) => Result): Result {
    return this.use((engine) => {
      engine.limit(instructionsIn(LOAD_MS))
      try {
        return work(engine)
      } finally {
        engine.limit(this.#instructions)
      }
    })
  }

  /** Uses the engine. One that broke off is replaced. @throws CommandError */
  use<Result>(work: (engine: LuaEngine) => Result): Result {
    if (!this.#engine) throw new CommandError(this.#problem ?? NOT_LOADED)
    try {
      return work(this.#engine)
    } catch (thrown) {
      if (!(thrown instanceof LuaCrash)) throw thrown
      this.#engine = undefined
      void this.load()
      throw new CommandError(
        `ERR the engine of scripts failed, and starts anew: ${withMemory(thrown.message)}`,
      )
    }
  }
}

/** The error of a script in a transaction whose engine has broken off meanwhile. */
const NOT_LOADED = 'ERR the engine of scripts is being loaded'
const TOO_LONG_ERROR =
  'ERR Script killed: it ran for longer than busy-reply-threshold, or it has no end. This server cannot serve others meanwhile'

/** The error of a script, or a function, that was stopped because it ran for too long. */
export class ScriptTimeout extends CommandError {
  /** The error if it is killed. */
  readonly killed: CommandError
  /** Hash of the script, or name of the function. */
  readonly script: string

  constructor(script: string, place: string) {
    super(TOO_LONG_ERROR)
    this.script = script
    this.killed = new CommandError(
      `ERR Script killed by user with SCRIPT KILL... script: ${script}, on ${place}.`,
    )
  }
}

/**
 * Returns the error of a script, or function, that has ended.
 *
 * @param name hash of the script, or name of the function
 * @param likelyPlace if the engine does not know it
 */
export function errorOf(
  { message, source, line }: ScriptFailure,
  name: string,
  likelyPlace: string,
): CommandError {
  const place = source === '' ? likelyPlace : `${source}:${line}`
  if (message.includes(TOO_LONG)) return new ScriptTimeout(name, place)
  return new CommandError(`${withMemory(message)} script: ${name}, on ${place}.`)
}

/** Says how much memory there is, if there was not enough. */
function withMemory(message: string): string {
  // The engine also breaks off where it does not look whether it was given memory.
  const isFull = message.includes(OUT_OF_MEMORY) || message === 'memory access out of bounds'
  return isFull
    ? `${message} (scripts have ${LUA_MEMORY_MB} MB, in which a value takes several times its size)`
    : message
}

/** @param ms 0 without a limit */
function instructionsIn(ms: number): number {
  return ms <= 0 ? MAX_INSTRUCTIONS : Math.min(MAX_INSTRUCTIONS, ms * INSTRUCTIONS_PER_MS)
}

function hashOf(text: string): string {
  return createHash('sha1').update(text, 'latin1').digest('hex')
}

function problemOf(thrown: unknown): string {
  const install = `npm install --save-dev --save-exact ${LUA_PACKAGE}@${LUA_VERSION}`
  const { code, message } = thrown as NodeJS.ErrnoException
  if (code === 'MODULE_NOT_FOUND')
    return `ERR scripts need the package ${LUA_PACKAGE}, which is not installed: ${install}`
  return `ERR scripts need the package ${LUA_PACKAGE} ${LUA_VERSION}, which cannot be loaded (${message}): ${install}`
}
