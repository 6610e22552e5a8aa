import { CommandError } from '../command-error.ts'
import type { ReplyForm } from '../protocol/reply-form.ts'
import { type LibraryCode, readLibraryCode } from './library-code.ts'
import { likelyLine } from './likely-line.ts'
import { type LuaEngine, type Registration, type ScriptHost, TOO_LONG } from './lua-engine.ts'
import { errorOf, type Scripts } from './scripts.ts'

/** A function of a library, which FCALL finds by its name alone. */
export interface LibraryFunction {
  readonly name: string
  readonly description: string | undefined
  readonly flags: ReadonlySet<string>
  readonly library: Library
}

export interface Library extends LibraryCode {
  /** Identifies this text: a library that replaces it has another id. */
  readonly id: string
  readonly functions: readonly LibraryFunction[]
}

/** How FUNCTION RESTORE treats libraries that are there. */
export type RestorePolicy = 'append' | 'replace' | 'flush'

/** The libraries of FUNCTION LOAD, and their functions. */
export class Libraries {
  readonly #scripts: Scripts
  #byName = new Map<string, Library>()
  /** By their names in lower case: FCALL takes a name in any case, as Redis does. */
  #functions = new Map<string, LibraryFunction>()
  #lastId = 0
  /** Texts of a file that was read: they are run when the engine is loaded. */
  #pending: string[] = []
  readonly #unusable: string[] = []

  constructor(scripts: Scripts) {
    this.#scripts = scripts
  }

  get all(): readonly Library[] {
    this.#settle()
    return [...this.#byName.values()]
  }

  /** Texts of all libraries, for a file. */
  get texts(): readonly string[] {
    return [...this.all.map(({ text }) => text), ...this.#pending, ...this.#unusable]
  }

  get functionCount(): number {
    this.#settle()
    return this.#functions.size
  }

  find(name: string): LibraryFunction | undefined {
    this.#settle()
    return this.#functions.get(name.toLowerCase())
  }

  /** Adds the text of a library of a file, before there is an engine. */
  addLater(text: string): void {
    this.#pending.push(text)
  }

  /**
   * Adds a library. Returns its name.
   *
   * @throws CommandError; the libraries are as they were
   */
  load(text: string, replace: boolean): string {
    const code = readLibraryCode(text)
    this.#settle()
    if (!replace && this.#byName.has(code.name))
      throw new CommandError(`ERR Library '${code.name}' already exists`)
    this.#put([this.#create(code)], this.#byName)
    return code.name
  }

  /**
   * Adds libraries, all or none.
   *
   * @throws CommandError
   */
  restore(texts: readonly string[], policy: RestorePolicy): void {
    const codes = texts.map(readLibraryCode)
    this.#settle()
    const names = new Set<string>()
    for (const { name } of codes) {
      const isThere = policy === 'append' && this.#byName.has(name)
      if (isThere || names.has(name)) throw new CommandError(`ERR Library ${name} already exists`)
      names.add(name)
    }
    const libraries: Library[] = []
    try {
      for (const code of codes) libraries.push(this.#create(code))
    } catch (error) {
      for (const library of libraries) this.#unload(library)
      throw error
    }
    this.#put(libraries, policy === 'flush' ? new Map() : this.#byName)
  }

  /** Removes a library. Returns false if there is none. */
  delete(name: string): boolean {
    this.#settle()
    const kept = new Map(this.#byName)
    if (!kept.delete(name)) return false
    this.#put([], kept)
    return true
  }

  flush(): void {
    this.#pending = []
    this.#unusable.length = 0
    this.#put([], new Map())
  }

  /**
   * Calls a function. Returns its reply.
   *
   * @throws CommandError
   */
  call(
    { name, library }: LibraryFunction,
    host: ScriptHost,
    keys: readonly string[],
    args: readonly string[],
    form: ReplyForm,
  ): string {
    const { id, lua } = library
    const result = this.#scripts.use((engine) => {
      // Engines that failed were replaced.
      if (!engine.hasLibrary(id)) registrationsOf(engine, id, lua)
      return engine.call(id, name, host, keys, args, form)
    })
    if (typeof result === 'string') return result
    throw errorOf(result, name, `@user_function:${likelyLine(library.text, name)}`)
  }

  /** Creates the libraries of a file. Those that cannot be are kept for the next file. */
  #settle(): void {
    if (this.#pending.length === 0 || !this.#scripts.hasEngine) return
    const texts = this.#pending.splice(0)
    for (const text of texts) {
      try {
        this.load(text, false)
      } catch (thrown) {
        if (!(thrown instanceof CommandError)) throw thrown
        this.#unusable.push(text)
      }
    }
  }

  #create(code: LibraryCode): Library {
    const id = String(++this.#lastId)
    const registered = this.#scripts.useBriefly((engine) => registrationsOf(engine, id, code.lua))
    const functions: LibraryFunction[] = []
    const library = { ...code, id, functions }
    for (const { name, description, flags } of registered)
      functions.push({ name, description, flags: new Set(flags), library })
    if (functions.length > 0) return library
    this.#unload(library)
    throw new CommandError('ERR No functions registered')
  }

  /** Adds new libraries to those that stay, in the place of some with the same name. */
  #put(added: readonly Library[], kept: ReadonlyMap<string, Library>): void {
    const byName = new Map(kept)
    for (const library of added) {
      // Behind those that stay, so that an error names a function of the new library.
      byName.delete(library.name)
      byName.set(library.name, library)
    }
    const functions = new Map<string, LibraryFunction>()
    for (const one of [...byName.values()].flatMap((library) => library.functions)) {
      const name = one.name.toLowerCase()
      const other = functions.get(name)
      // Redis allows a library two names that differ in case only.
      if (other !== undefined && other.library !== one.library) {
        for (const library of added) this.#unload(library)
        throw new CommandError(`ERR Function ${one.name} already exists`)
      }
      functions.set(name, one)
    }
    for (const library of this.all) if (byName.get(library.name) !== library) this.#unload(library)
    this.#byName = byName
    this.#functions = functions
  }

  /** The engine forgets a library. */
  #unload({ id }: Library): void {
    this.#scripts.unload(id)
  }
}

function registrationsOf(engine: LuaEngine, id: string, lua: string): readonly Registration[] {
  const registered = engine.load(id, lua)
  if (typeof registered !== 'string') return registered
  if (registered.includes(TOO_LONG))
    throw new CommandError('ERR Error registering functions: ERR FUNCTION LOAD timeout')
  throw new CommandError(`ERR ${registered}`)
}
