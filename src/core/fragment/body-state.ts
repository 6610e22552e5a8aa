import type { Borrowed } from '../../engines/bindings.ts'
import type { Run } from '../../engines/template-engine.ts'
import { type Lifetime, spread } from '../entry/lifetime.ts'
import type { Dependencies } from './dependencies.ts'

/** State of a body on one page. It is created when the body first runs, so that hits have none. */
export class BodyState {
  /** State that the engine keeps from one run of the body for the next. */
  engineState: unknown
  /** Milliseconds that the body ran, without loads. */
  renderTime = 0
  /** Milliseconds that the body waited for loads. */
  loadTime = 0
  /** The cached functions' results that the body read. */
  dependencies: Dependencies | undefined
  /** The body, or a loader that it waited for, changed the response: a hit would not. */
  changedResponse = false
  /** The parts of the fragment's key had other values once the body had run. */
  keyChanged = false
  /** An error of the body, if something around it shows its earlier entry instead. */
  failure: { readonly error: unknown } | undefined
  /** Undefined until a run was not cut. */
  result: BodyResult | undefined
  #ttl: number | undefined

  /** Returns the TTL of the body's entry, reduced at random, the same each time. */
  ttlBy({ ttl, jitter }: Lifetime): number {
    this.#ttl ??= spread(ttl, jitter)
    return this.#ttl
  }
}

/** Result of a body's completed run, beside its HTML. */
export class BodyResult {
  /** Templates whose code ran, by name, with their digests. */
  readonly templates: ReadonlyMap<string, string | null>
  /** Values marked as one visitor's that were read, with the names that they were read by. */
  readonly perVisitorReads: ReadonlyMap<object, string>
  /** A value that was read and that no template can use, as a message says it. */
  readonly unusable: string | undefined
  /** Macros and blocks of the page that were used. */
  readonly borrowed: Borrowed | undefined

  constructor({ templates, perVisitorReads, unusable, borrowed }: Run) {
    this.templates = templates
    this.perVisitorReads = perVisitorReads
    this.unusable = unusable
    this.borrowed = borrowed
  }
}
