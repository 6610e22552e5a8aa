import type { Bind, Borrowed } from './bindings.ts'
import type { DataPolicy } from './data-policy.ts'
import type { DefinedCall, DefinedSource } from './defined-call.ts'
import type { FragmentRead, ParameterRead } from './fragment-read.ts'
import type { Lazy, LazyCalls, Loaded } from './lazy.ts'

/**
 * Runs templates for a page.
 *
 * Where a run meets a cache tag it declares the fragment and leaves a hole in its output.
 * The tag's body is handed over as a function. It runs later, as a run of its own, and only if the
 * store has no entry for the fragment.
 *
 * A run is *cut* where it reads a lazy value that is not loaded, or needs the text of a fragment
 * that is not known. A cut run goes on as far as it can, and reports what it missed in `missing`
 * and `captured`. The page loads all of that and runs the template again.
 */
export interface TemplateEngine {
  /**
   * A digest of all options that shape the output: escaping, white space, syntax, a version that
   * the user sets. An entry that was written under another digest is a miss.
   */
  readonly digest: string

  /**
   * Runs a template once.
   *
   * @throws what the template throws. An error of a run that was cut is dropped: the next run
   * decides
   */
  run(template: string, data: object, host: RunHost): MaybePromise<Run>

  /** Returns a digest of a template's present source, or `null` if there is no such template. */
  digestOf(template: string): MaybePromise<string | null>

  /**
   * Returns what the fragments of a page may read that is not in their keys, known from the
   * templates alone. An engine that cannot tell leaves the method out: then `perVisitor` and
   * `strict` find nothing in its templates before they run.
   */
  readsOf?(template: string, policy: DataPolicy): readonly FragmentRead[]

  /**
   * Returns what a template, with all that it runs, reads of the data that it is rendered with,
   * beside its `{% nocache %}` holes: for fragments that are a template of their own. An engine
   * that cannot tell leaves the method out.
   *
   * @param fragment its name
   */
  readsOfWhole?(template: string, fragment: string, policy: DataPolicy): readonly FragmentRead[]

  /**
   * Returns what the parameters of `{% fragment %}` tags are made of, also by way of variables and
   * macros. An engine that cannot tell leaves the method out.
   */
  readsOfParameters?(template: string, policy: DataPolicy): readonly ParameterRead[]

  /**
   * Returns what renders the holes of entries with a page's data, where no template of the page
   * runs. An engine without holes leaves the method out.
   */
  holesWith?(data: object, host: RunHost): Pick<Run, 'renderHole'>
}

export type MaybePromise<T> = T | Promise<T>

/** The page, as a run of a template or of a body sees it. */
export interface RunHost {
  /** The cache's policy for values of one visitor. */
  readonly dataPolicy: DataPolicy

  /**
   * State that the engine keeps from one run of a template, or of a body, for the next run of the
   * same one.
   * @defaultValue undefined in the first run
   */
  engineState?: unknown

  /**
   * Declares a fragment. Declaring one key at one place twice gives the same hole.
   *
   * @returns the hole to put into the output at the fragment's place
   * @throws KeyPartError, TagError, DurationError
   */
  declare(declaration: Declaration): Hole

  /** Declares a fragment of `defineFragment`. @throws TagError, KeyPartError */
  declareDefined(call: DefinedCall): Hole

  /**
   * True if the data of the run is not the page's, which a `{% nocache %}` shows.
   * @defaultValue false
   */
  readonly ownData?: boolean

  /**
   * Declares a part that is rendered for each request, also where the fragment around it is a hit.
   */
  addNocache(hole: NocacheDeclaration): Hole

  /**
   * Adds text and holes to the head of the HTML document.
   *
   * @returns a hole for `holes`; it does not go into `parts`
   */
  addToHead(parts: readonly (string | Hole)[]): Hole

  /** Returns the text of a hole, if it is known: an earlier run captured it. */
  textOf(hole: Hole): string | undefined

  /** The calls of cached functions on this page. */
  readonly calls: LazyCalls

  /**
   * Returns the value of a lazy value on this page, or the error that reading it throws; undefined
   * while it is not loaded.
   */
  loaded(lazy: Lazy<unknown>): Loaded | undefined
}

/** A place that a run leaves open. The page fills it; an engine only passes it on. */
export interface Hole {
  /** The place of its tag in the templates. */
  readonly place: { readonly id: string }
  /**
   * True where the text is for this request alone: of `{% nocache %}`, or of what contains one.
   * Known with the text.
   */
  readonly hasNocache: boolean
}

/**
 * A `{% nocache %}` as a fragment's entry stores it: on a hit none of the code around it has run.
 */
export interface StoredNocache {
  /** The template that the tag stands in. */
  readonly template: string
  /** The tag's index in that template, counted from 0. */
  readonly number: number
  /** The arguments that were passed by name, as JSON keeps them. */
  readonly values: Readonly<Record<string, unknown>>
}

/** A `{% nocache %}` with its arguments evaluated. */
export interface NocacheDeclaration extends StoredNocache {
  /** The names that it reads beside its arguments. @defaultValue none known */
  readonly reads?: readonly string[] | undefined
  /**
   * Runs the body. It reads its arguments and the page's data, and nothing of the code around it.
   */
  readonly body: (host: RunHost) => MaybePromise<Run>
}

/**
 * Where a cache tag stands. A tag that is met again (in a loop, by a second include) is the same
 * place, and the same object; two tags are two places.
 */
export interface Place {
  /** The template, and the tag's number in it: `shop/card.njk#1`. The same in all processes. */
  readonly id: string
  /** The template's name. */
  readonly template: string
  /** Counted from 1. */
  readonly line: number
  /** A digest of the template's source, as `digestOf` returns it. */
  readonly digest: string
  /**
   * The parts of the key as the template writes them, for messages.
   * @defaultValue none: messages count them
   */
  readonly parts?: readonly string[]
  /**
   * The items of `tags=` as the template writes them, where it is written as an array.
   * @defaultValue none
   */
  readonly tags?: readonly string[]
}

/** A cache tag with its arguments evaluated. The page checks them. */
export interface Declaration {
  /** The place of its tag in the templates. */
  readonly place: Place
  /** Name of the fragment: the first argument of its tag. */
  readonly name: string
  /** Parts of its key, in order. */
  readonly parts: readonly unknown[]
  /**
   * The indexes of the parts that are read from values which belong to one visitor.
   * @defaultValue none
   */
  readonly perVisitorParts?: readonly number[] | undefined
  /** Value of `ttl=`; undefined where the tag has none. */
  readonly ttl: unknown
  /** Value of `stale=`. @defaultValue none */
  readonly stale?: unknown
  /** Value of `until=`. @defaultValue none */
  readonly until?: unknown
  /** Value of `allowEmpty=`. @defaultValue the cache's `entries.allowEmpty` */
  readonly allowEmpty?: unknown
  /** Value of `tags=`. @defaultValue none */
  readonly tags?: unknown
  /**
   * Value of `vary=`: names of the option `vary` that the fragment differs by.
   * @defaultValue none
   */
  readonly vary?: unknown
  /**
   * False where the fragment's end does not shorten the lifetime of the fragments around it.
   * @defaultValue true
   */
  readonly bubbles?: boolean
  /** Values marked by `perVisitor` that the key distinguishes. @defaultValue none */
  readonly keyed?: ReadonlySet<object> | undefined
  /** False where the fragment is rendered, and neither read from the store nor written to it. */
  readonly enabled: boolean
  /** True if the body may read what was made of a text that is for this request alone. */
  readonly readsNocache: boolean
  /** Tells which code the body takes from the page around it. @defaultValue none: it takes none */
  readonly bind?: Bind | undefined
  /** A reason why it is neither looked up nor stored. @defaultValue none */
  readonly unshared?: string | undefined
  /** The definition that it was made from. @defaultValue none: it is a cache tag */
  readonly defined?: DefinedSource | undefined
  /** Runs the body in the scope of the tag. Each call starts from that scope again. */
  readonly body: (host: RunHost) => MaybePromise<Run>
}

/** The result of one run of a template, or of a body. */
export interface Run {
  /** The output in order: text and holes. Without meaning if the run was cut. */
  readonly parts: readonly (string | Hole)[]
  /** All holes that were declared, in order, including those that did not reach the output. */
  readonly holes: readonly Hole[]
  /** Lazy values that were read and are not loaded, each with the name that it was read by. */
  readonly missing: ReadonlyMap<Lazy<unknown>, string>
  /** Holes whose text was needed and is not known. */
  readonly captured: ReadonlySet<Hole>
  /**
   * True if a body read a name that a cut part of the run around it would have set: only that run
   * can repeat it.
   * @defaultValue false
   */
  readonly readsUnknown?: boolean
  /** True if it used a text that is for this request alone, so that its output is, too. */
  readonly readsNocache: boolean
  /** Values marked by `perVisitor` that it read, each with the name that it was read by. */
  readonly perVisitorReads: ReadonlyMap<object, string>
  /**
   * For a body: the parts of its key, evaluated again after it had run.
   * @defaultValue none: the key is not compared
   */
  readonly keyParts?: readonly unknown[] | undefined
  /** A value that it read and no template can use, described for a message. @defaultValue none */
  readonly unusable?: string | undefined
  /**
   * The name of a Promise that it printed, iterated over, or read a member of.
   * @defaultValue none
   */
  readonly usedPromise?: string | undefined
  /** The code that it took from the page around it. @defaultValue none */
  readonly borrowed?: Borrowed | undefined
  /** Runs a `{% nocache %}` of an entry with the data of this run. */
  renderHole(hole: StoredNocache, host: RunHost): MaybePromise<Run>
  /**
   * The digests of the templates whose code ran, by name; `null` for a template that cannot be
   * found by a name. They include the template itself.
   */
  readonly templates: ReadonlyMap<string, string | null>
}

/** Returns true if the run has to be started again. */
export function isCut(run: Run): boolean {
  return run.missing.size > 0 || run.captured.size > 0 || run.readsUnknown === true
}
