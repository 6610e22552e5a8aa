import { types } from 'node:util'
import { TagError } from '../../../errors.ts'
import { Lazy } from '../../lazy.ts'
import { hasMarks, isPerVisitorValue, PerVisitorValue } from '../../per-visitor.ts'
import type { Hole, Place, RunHost } from '../../template-engine.ts'
import { type Context, type Frame, nunjucks } from '../nunjucks.ts'
import { CUT, UNKNOWN } from './cut.ts'
import { Exports } from './exports.ts'
import { Journal } from './journal.ts'
import { isMacro } from './macro.ts'
import { marksPrinted, marksShown } from './marks-inside.ts'
import type { PageCode } from './page-code.ts'
import { Loop } from './scope.ts'
import { type Parts, SetText, Text } from './text.ts'

const NO_READS: ReadonlyMap<never, string> = new Map<never, string>()
const NO_HOLES: ReadonlySet<Hole> = new Set()
const NO_LIST: readonly Hole[] = []

/**
 * How a run reads: every name, member and result comes by here, so a lazy value is found whatever
 * the path to it. nunjucks' lookups are called through its module, since `installJinjaCompat`
 * replaces them.
 */
export class Values {
  // These are made where there is something to note: a page has a run for each body.
  missing: ReadonlyMap<Lazy<unknown>, string> = NO_READS
  captured: ReadonlySet<Hole> = NO_HOLES
  #holes: Hole[] | undefined
  /**
   * Holes of this run whose text a body needed and did not find: the run itself was over by then.
   */
  capturedLate: ReadonlySet<Hole> = NO_HOLES
  protected over = false
  /** How often something was cut. A macro that has cut since it began has no text. */
  cuts = 0
  /** Grows with all that is missed: something is cut by it, or code has swallowed that. */
  missed = 0
  /** How many tags were met, which is what a {@link Journal} counts by. */
  tagsMet = 0
  /** A text of a live hole was used: what is made of it is one visitor's. */
  readsNocache = false
  /** Marked values that were read. */
  perVisitorReads: ReadonlyMap<object, string> = NO_READS
  /** Describes a value that no template can use, which was not awaited, or not called. */
  unusable: string | undefined
  /**
   * The name of a Promise that was printed, run over, or asked for a member: it has nothing of what
   * was meant.
   */
  usedPromise: string | undefined
  #promises: Map<Promise<unknown>, string> | undefined
  #inKey: 'identity' | 'value' | undefined
  #keyed: Set<object> | undefined
  readonly host: RunHost
  /** Changes that the templates have made so far. */
  changes: Journal | null = null
  /** The code that the templates of the page have made. */
  readonly code: PageCode

  constructor(host: RunHost, code: PageCode) {
    this.host = host
    this.code = code
  }

  get holes(): readonly Hole[] {
    return this.#holes ?? NO_LIST
  }

  /**
   * Adds a hole to those of this run. The list is made without a literal, as all lists are that a
   * page is held by. V8 watches literals: where many live long, as while a cold cache fills, it
   * makes them old from the start for good, and what is old and dead keeps its page alive until the
   * next major collection: a hit then cost twice as much.
   */
  addHole(hole: Hole): void {
    this.#holes ??= Array.of()
    this.#holes.push(hole)
  }

  /** Notes what the templates change. */
  get journal(): Journal {
    this.changes ??= new Journal()
    return this.changes
  }

  /** A lazy value's value; any other value is itself. @param name how the template names it */
  read(value: unknown, name: string): unknown {
    if (typeof value !== 'object' || value === null) return value
    if (value instanceof Lazy) return this.#settle(value, name)
    if (isPerVisitorValue(value)) this.#noteVisitors(value, name)
    if (value instanceof Promise) this.#notePromise(value, name)
    return value instanceof Text ? value.in(this) : value
  }

  /** The same where the value may be handed on: code may stand for another name from then on. */
  value(value: unknown, name: string): unknown {
    if (typeof value === 'function' ? isMacro(value) : value instanceof Exports) this.code.handedOn = true
    return this.read(value, name)
  }

  lookupValue(context: Context, frame: Frame, name: string): unknown {
    return this.value(nunjucks.runtime.contextOrFrameLookup(context, frame, name), name)
  }

  lookup(context: Context, frame: Frame, name: string): unknown {
    return this.read(nunjucks.runtime.contextOrFrameLookup(context, frame, name), name)
  }

  /** As `suppressValue`, for the values that most templates put out. */
  show(value: unknown, autoescape: boolean): unknown {
    if (typeof value === 'string') return autoescape ? nunjucks.lib.escape(value) : value
    if (typeof value === 'number') return value
    if (value instanceof Promise) this.usePromise(value)
    if (hasMarks() && Array.isArray(value))
      for (const item of marksPrinted(value)) this.#noteVisitors(item, 'an item of an array')
    if (typeof value === 'function' && types.isAsyncFunction(value))
      this.unusable ??= `it prints an async function, "${value.name}"`
    if (value === undefined || value === null) return ''
    const printed = typeof value === 'object' ? this.printed(value, autoescape) : value
    return nunjucks.runtime.suppressValue(printed, autoescape)
  }

  /** Returns the value that is printed for an object. */
  protected printed(value: object, _escaped: boolean): unknown {
    return value
  }

  /** An operand of `~`. */
  joined(value: unknown): unknown {
    return typeof value === 'object' && value !== null ? this.printed(value, false) : value
  }

  /** The text of output with holes. What is not known yet is noted, all of it at once. */
  textOf(parts: Parts): string {
    let text = ''
    let cut = false
    for (const part of parts) {
      const known = typeof part === 'string' ? part : this.host.textOf(part)
      if (known === undefined) {
        cut = true
        this.missed++
        this.capture(part as Hole)
      } else {
        if (typeof part !== 'string' && part.hasNocache) this.readsNocache = true
        text += known
      }
    }
    if (cut) throw CUT
    return text
  }

  /** Notes a hole whose text is needed. */
  protected capture(hole: Hole): void {
    const name = this.over ? 'capturedLate' : 'captured'
    if (this[name] === NO_HOLES) this[name] = new Set()
    ;(this[name] as Set<Hole>).add(hole)
  }

  /** Fragments of the page that a body puts out are fragments inside it. */
  adopt(parts: Parts): void {
    for (const part of parts) if (typeof part !== 'string') this.addHole(part)
  }

  /** To be called with whatever a statement threw: if it was cut, the run goes on behind it. */
  cut(error: unknown): void {
    if (error !== CUT) throw error
    this.cuts++
    this.missed++
  }

  /** Makes a name unknown that a statement which was skipped would have set. */
  unknown(context: Context, frame: Frame, name: string): void {
    frame.set(name, UNKNOWN, true)
    if (!frame.topLevel) return
    context.setVariable(name, UNKNOWN)
    context.exported.push(name)
  }

  /** The object `loop`, for code that is compiled elsewhere. A loop has one, and changes it. */
  setLoop(frame: Frame, i: number, length: number): void {
    const known = frame.variables.loop
    const loop = known instanceof Loop ? known : new Loop()
    frame.variables.loop = loop
    loop.turnTo(i, length)
  }

  /**
   * Begins to note the marked values that a part of a key reads.
   * @param identity it tells apart what it is read from; else only what it is itself
   */
  startKey(identity: boolean): void {
    this.#inKey = identity ? 'identity' : 'value'
  }

  /**
   * An operand of a key or of a tag.
   * @param what is put together of it
   * @throws TagError if it is undefined or null
   */
  operand(value: unknown, expression: string, what: string, { template, line }: Place): unknown {
    if (value !== undefined && value !== null) return value
    throw new TagError(
      `${expression} is ${value} in the ${what} (${template}, line ${line}): everything without a value would share ` +
        `one. Correct the name, or give it a default: (${expression} or "none").`,
    )
  }

  keyPart(value: unknown): unknown {
    this.#inKey = undefined
    return value
  }

  /** The marked values that the parts of a key have read since this was last called. */
  protected takeKeyed(): ReadonlySet<object> | undefined {
    const keyed = this.#keyed
    this.#keyed = undefined
    return keyed
  }

  /**
   * Notes the marked values inside what a filter or a function is given, where its result shows
   * them.
   */
  noteShown(title: string, name: string, args: readonly unknown[], result: unknown): void {
    for (const value of marksShown(name, args, result))
      this.#noteVisitors(value, `what the ${title} ${name} is given`)
  }

  /**
   * A fragment that reads one is not stored. Handing it on to an asynchronous filter is no mistake.
   */
  #notePromise(promise: Promise<unknown>, name: string): void {
    this.unusable ??= `"${name}" is a Promise`
    this.#promises ??= new Map()
    this.#promises.set(promise, name)
  }

  protected usePromise(promise: Promise<unknown>): void {
    this.usedPromise ??= this.#promises?.get(promise) ?? 'a value'
  }

  #noteVisitors(value: object, name: string): void {
    if (this.#inKey === 'identity' || (this.#inKey === 'value' && value instanceof PerVisitorValue)) {
      this.#keyed ??= new Set()
      this.#keyed.add(value)
    }
    if (this.perVisitorReads === NO_READS) this.perVisitorReads = new Map()
    ;(this.perVisitorReads as Map<object, string>).set(value, name)
  }

  #settle(lazy: Lazy<unknown>, name: string): unknown {
    if (lazy === UNKNOWN) throw CUT
    if (lazy instanceof PerVisitorValue) {
      this.#noteVisitors(lazy, name)
      return lazy.value
    }
    if (lazy instanceof SetText) {
      this.adopt(lazy.parts)
      return this.textOf(lazy.parts)
    }
    const loaded = this.host.loaded(lazy)
    if (loaded === undefined) {
      if (this.missing === NO_READS) this.missing = new Map()
      ;(this.missing as Map<Lazy<unknown>, string>).set(lazy, name)
      this.missed++
      throw CUT
    }
    if ('error' in loaded) throw loaded.error
    return this.read(loaded.value, name)
  }
}
// Code that nunjucks itself compiled finds in a run all that it expects of its runtime.
Object.setPrototypeOf(Values.prototype, nunjucks.runtime)
