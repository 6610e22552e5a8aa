import { LazyError } from '../errors.ts'

/**
 * The contract between a page and a template engine.
 *
 * An engine *runs* templates. A run meets cache tags and leaves a {@link Hole} for each; the tag's body does
 * not run then: it is handed over as a function, and becomes a run of its own if the store has no entry for it.
 * A run that reads a lazy value which is not loaded, or needs a fragment's text before it reaches the page, is
 * *cut*: it goes on as far as it can, says what it missed, and is started again when that is there.
 */
export interface TemplateEngine {
  /** Digest of all options that shape output (escaping, white space, syntax, the user's `version`). */
  readonly digest: string

  /**
   * Runs a template once.
   * @throws what the template throws, unless the run was cut: then its errors are dropped
   */
  run(template: string, data: object, host: RunHost): MaybePromise<Run>

  /** Digest of a template's present source; `null` where there is no such template. */
  digestOf(template: string): MaybePromise<string | null>

  /**
   * What the fragments of a page may read beyond what is in their keys, known from the templates alone. Left out: an
   * engine that cannot tell.
   */
  readsOf?(template: string, rules: DataPolicy): readonly FragmentRead[]
}

/** A fragment reads something of the page's data that its key does not have. */
export interface FragmentRead {
  readonly fragment: FragmentAt
  /** `['user', 'name']`; `[]` in place of a name stands for any item. */
  readonly path: readonly string[]
  /**
   * Says what is read, where, by which way, and what can be done.
   * @param reason why it is not for all, in words; left out: it belongs to one visitor
   */
  describe(reason?: string): string
}

/** A fragment by its name, and where its tag stands. */
export interface FragmentAt {
  readonly name: string
  readonly template: string
  /** Counted from 1. */
  readonly line: number
}

export type MaybePromise<T> = T | Promise<T>

/** What a cache says of the values that templates read. One object for each cache: an engine compiles by it. */
export interface DataPolicy {
  /** Names whose values are printed anew for each request, wherever a template prints them. */
  readonly perRequest: readonly string[]
  /** Names whose values belong to one visitor. */
  readonly perVisitor: readonly string[]
  /** Names whose values are the same for all, whatever else is said of them. */
  readonly shared: readonly string[]
  /** Every name that is not in `shared` belongs to one visitor. */
  readonly strict: boolean
  /** Properties that tell an object from others of its kind: `film.id` stands for all of the film. */
  readonly identities: readonly string[]
  /** What every fragment varies by. */
  readonly defaultVary: readonly string[]
}

/** The rules of nobody. */
export const NO_POLICY: DataPolicy = {
  perRequest: [],
  perVisitor: [],
  shared: [],
  strict: false,
  identities: [],
  defaultVary: [],
}

/** What a run asks of the page that it runs for. */
export interface RunHost {
  readonly rules: DataPolicy

  /** What an engine keeps from a run of a template, or of a body, for the next run of the same one. */
  engineState?: unknown

  /** Announces a fragment; the hole stands for its place in the output. @throws KeyPartError and the like */
  declare(declaration: Declaration): Hole

  /** Announces a `{% nocache %}`: a hole that is filled anew for each request. */
  addNocache(hole: NocacheDeclaration): Hole

  /** Announces what is added to the page's head: text and holes. It is no part of the output. */
  addToHead(parts: readonly (string | Hole)[]): Hole

  /** The text of a hole, if it is known already (it was captured by an earlier run). */
  textOf(hole: Hole): string | undefined

  /** Calls of functions whose results are kept. */
  readonly calls: LazyCalls

  /** What became of a lazy value on this page; undefined while it was not loaded. */
  loaded(lazy: Lazy<unknown>): Loaded | undefined
}

/** A place that a run leaves open. The page knows what belongs there; an engine only carries it. */
export interface Hole {
  readonly place: { readonly id: string }
  /** Its text is for this page alone: it is a `{% nocache %}`, or holds one. Known once there is a text. */
  readonly live: boolean
}

/** What a fragment's entry keeps of a `{% nocache %}`: on a hit, none of the code around it has run. */
export interface StoredNocache {
  /** The template that the tag stands in. */
  readonly template: string
  /** Which of that template's it is, counted from 0. */
  readonly number: number
  /** What it was given by name: values that JSON keeps. */
  readonly values: Readonly<Record<string, unknown>>
}

/** What a `{% nocache %}` says, its arguments evaluated. */
export interface NocacheDeclaration extends StoredNocache {
  /** Runs it. It reads what it was given, the page's data and globals, and nothing of the code around it. */
  readonly body: (host: RunHost) => MaybePromise<Run>
}

/** What became of a lazy value: its value, or the error that reading it throws. */
export type Loaded = { readonly value: unknown } | { readonly error: LazyError }

/**
 * Where a cache tag stands. A tag that is met again (in a loop, by a second include) is the same place; two
 * tags never are.
 */
export interface Place {
  /** Template and number of the tag in it, the same in all processes: `shop/card.njk#1`. */
  readonly id: string
  /** The template's name. */
  readonly template: string
  /** Counted from 1. */
  readonly line: number
  /** Digest of the template's source. */
  readonly digest: string
  /** The parts of the key as the template writes them, for messages. */
  readonly parts?: readonly string[]
  /** The items of `tags=` as the template writes them, where it is written as an array. */
  readonly tags?: readonly string[]
}

/** What a cache tag says, its arguments evaluated. */
export interface Declaration {
  readonly place: Place
  readonly name: string
  readonly parts: readonly unknown[]
  /** Which of the parts are read from what belongs to one visitor, counted from 0. */
  readonly visitorsParts?: readonly number[] | undefined
  /** As the tag gives them; undefined where it gives none. */
  readonly ttl: unknown
  readonly stale?: unknown
  readonly until?: unknown
  readonly allowEmpty?: unknown
  /** As the tag gives them; undefined where it gives none. */
  readonly tags?: unknown
  /** As the tag gives them: names of what the fragment differs by, beside its parts. */
  readonly vary?: unknown
  /** False where the tag's `bubble=` is: its life does not shorten that of fragments around it. Default: true. */
  readonly bubbles?: boolean
  /** Values marked by {@link perVisitor} that its key tells apart. */
  readonly keyed?: ReadonlySet<object> | undefined
  /** False where the tag's `if=` is: the fragment is rendered, neither fetched nor stored. */
  readonly enabled: boolean
  /** The body may read what was made of a text that is for this page alone. */
  readonly readsNocache: boolean
  /** Left out: the body takes no code from the page around it. */
  readonly bind?: Bind | undefined
  /** Runs the body in the scope that the tag saw. Each call starts anew from that scope. */
  readonly body: (host: RunHost) => MaybePromise<Run>
}

/**
 * Tells what the names and blocks that a body takes from the page around it stand for. It may be asked once the run
 * that met the tag is over.
 *
 * @param templates whose code runs in the body, by name; left out: it is not known yet, and all that it may see counts
 * @param blocks of the page that it runs: {@link Borrowed}, or what the text of earlier bindings names
 * @param macros that it called: given where it has run, and is to be stored
 */
export type Bind = (
  templates?: Iterable<readonly [name: string, digest: unknown]>,
  blocks?: Iterable<string>,
  macros?: Iterable<object>,
) => Bindings

/** The code that a body takes from the page around it: macros, imports, blocks of parents and children. */
export interface Bindings {
  /** The same text stands for the same code; '' where it takes none. */
  readonly text: string
  /** The macros among it. */
  readonly macros: ReadonlySet<object>
  /** Why the text does not tell all of it. */
  readonly unsure: string | undefined
}

/** What a run of a body took from the page around it. */
export interface Borrowed {
  /** Which blocks it ran, each as a question that {@link Bind} answers for a page. */
  readonly blocks: ReadonlySet<string>
  /** Macros that it called. */
  readonly macros: ReadonlySet<object>
  /** It ran code that nobody can name. */
  readonly unsure: string | undefined
}

/** What one run of a template, or of a tag's body, came to. */
export interface Run {
  /** The output in order: literal text and holes. Meaningless where the run was cut. */
  readonly parts: readonly (string | Hole)[]
  /** All holes that were declared, in order; some may not have reached the output. */
  readonly holes: readonly Hole[]
  /** Lazy values that were read and are not loaded, each with the name that it was read by. */
  readonly missing: ReadonlyMap<Lazy<unknown>, string>
  /** Holes whose text was needed and is not known. */
  readonly captured: ReadonlySet<Hole>
  /** It read a name that a cut statement of an outer run would have set: it can only be run again by a new one. */
  readonly readsUnknown?: boolean
  /** It used a text that is for this page alone: so is what it put out. */
  readonly readsNocache: boolean
  /** Values marked by {@link perVisitor} that it read, each with the name that it was read by. */
  readonly visitorReads: ReadonlyMap<object, string>
  /** Of a body: the parts of its tag's key, evaluated once more when it had run. Undefined: as they were. */
  readonly keyParts?: readonly unknown[] | undefined
  /** What it read that no template can use, such as a Promise, as a message says it. */
  readonly unusable?: string | undefined
  /** The name of a Promise that it printed, ran over, or read a member of. */
  readonly usedPromise?: string | undefined
  /** Left out: nothing. */
  readonly borrowed?: Borrowed | undefined
  /** Runs a `{% nocache %}` of an entry with the data of this run. */
  renderHole(hole: StoredNocache, host: RunHost): MaybePromise<Run>
  /** The templates whose code ran, by name, with their digests; `null`: it has no name to find it by again. */
  readonly templates: ReadonlyMap<string, string | null>
}

/** Says whether a run has to be started again. */
export function isCut(run: Run): boolean {
  return run.missing.size > 0 || run.captured.size > 0 || run.readsUnknown === true
}

/**
 * A value that is loaded at most once per page, and only if something that is rendered reads it. Made by
 * {@link lazy}; its state belongs to the page, so that a lazy value shared by two requests is loaded by each.
 */
export class Lazy<T> {
  /** @internal */
  readonly load: () => T | Promise<T>

  constructor(load: () => T | Promise<T>) {
    this.load = load
  }
}

/**
 * JavaScript that is handed an object with a lazy value inside (a filter, a function) would read properties
 * that are not there, and render `undefined` without a word.
 */
const refuseReads: ProxyHandler<Lazy<unknown>> = {
  get(target, property, receiver) {
    if (property === 'load' || property === 'constructor') return Reflect.get(target, property, receiver)
    // Questions that the language and its tools ask of any object.
    if (property === 'then' || property === Symbol.toStringTag) return undefined
    throw new LazyError(
      `A lazy value was read by JavaScript (${String(property)}) before it was loaded. ` +
        'Templates load what they name; a filter or a function that looks inside an object does not: ' +
        'pass it the lazy value itself, or load it before.',
    )
  },
}

/**
 * Data on demand: `fn` runs at most once per page, and only if something that is rendered reads the value.
 *
 * @example reply.view('home.njk', { films: lazy(() => db.topFilms(24)) })
 * @throws LazyError if `fn` is not a function
 */
export function lazy<T>(fn: () => T | Promise<T>): Lazy<T> {
  if (typeof fn !== 'function') {
    throw new LazyError(
      `lazy() takes a function that loads the value, such as lazy(() => db.films()), not ${describe(fn)}`,
    )
  }
  return new Proxy(new Lazy(fn), refuseReads as ProxyHandler<Lazy<T>>)
}

/** How a function says that templates are to read its calls as lazy values: by what it answers under this name. */
export const AS_LAZY = Symbol('onetrip.asLazy')

/** A function whose calls are lazy values, the same for each call with the same key. */
interface LazyFunction {
  [AS_LAZY](...args: unknown[]): { readonly key: string; readonly lazy: Lazy<unknown> }
}

/** The calls that one page has met, each once: what a template calls it reads again in its next run. */
export class LazyCalls {
  readonly #lazies = new Map<string, Lazy<unknown>>()
  readonly #all = new Set<Lazy<unknown>>()

  of(fn: unknown, args: readonly unknown[]): Lazy<unknown> | undefined {
    if (typeof fn !== 'function' || !(AS_LAZY in fn)) return undefined
    const { key, lazy } = (fn as unknown as LazyFunction)[AS_LAZY](...args)
    const known = this.#lazies.get(key)
    if (known) return known
    this.#lazies.set(key, lazy)
    this.#all.add(lazy)
    return lazy
  }

  /** Whether all of these are such calls. */
  haveAll(lazies: Iterable<Lazy<unknown>>): boolean {
    for (const lazy of lazies) if (!this.#all.has(lazy)) return false
    return true
  }
}

/** Says whether a value was made by {@link lazy}. */
export function isLazy(value: unknown): value is Lazy<unknown> {
  return value instanceof Lazy
}

/** Objects that belong to one visitor. */
const visitorsObjects = new WeakSet<object>()
let marked = false

/** A text or a number that belongs to one visitor. Templates read the value; JavaScript finds it in `value`. */
export class VisitorsValue<T> extends Lazy<T> {
  readonly value: T

  constructor(value: T) {
    super(() => value)
    this.value = value
  }

  override valueOf(): object {
    return this.value as object
  }

  override toString(): string {
    return String(this.value)
  }

  toJSON(): T {
    return this.value
  }
}

/**
 * Marks a value as one visitor's, wherever it stands in a page's data: a fragment that reads it and does not have it
 * in its key is not shared. An object is marked and returned as it is; a text, number or boolean is wrapped, which
 * templates do not notice.
 *
 * @example reply.view('post.njk', { post: { ...post, author: perVisitor(post.author) } })
 */
export function perVisitor<T>(value: T): T {
  marked = true
  if (typeof value === 'object' && value !== null) {
    visitorsObjects.add(value)
    return value
  }
  return new VisitorsValue(value) as unknown as T
}

/** Returns true once anything was marked by {@link perVisitor}. */
export function hasMarks(): boolean {
  return marked
}

/** Says whether a value was marked by {@link perVisitor}. */
export function isVisitors(value: object): boolean {
  return marked && (visitorsObjects.has(value) || value instanceof VisitorsValue)
}

function describe(value: unknown): string {
  if (value instanceof Promise) return 'a Promise, which is loading already'
  return value === null ? 'null' : typeof value
}
