import type { OnetripError } from '../errors.ts'

/** Why a fragment was not found. */
export type MissReason =
  /** There was nothing under its key. */
  | 'absent'
  /** Its entry was read, and its time had passed. */
  | 'expired'
  /** It was deleted. */
  | 'invalidated'
  /**
   * One of the templates that its entry was made of is another now, or an option that shapes
   * output.
   */
  | 'template changed'
  /** A part of its key brings a version, and its entry was made of another one. */
  | 'version changed'
  /** Its body calls a macro, an import or a block that stands for other code on this page. */
  | 'bound otherwise'
  /** Its entry could not be read: cut, foreign, or written by a later version. */
  | 'damaged'
  /** The store did not answer. */
  | 'store error'
  /**
   * Its tag says `if=` and the condition did not hold, or a visitor's part of its key is an empty
   * text.
   */
  | 'skipped'
  /** The option `bypass` says that this request reads nothing. */
  | 'bypassed'

/** What all events of a fragment say. */
export interface FragmentSubject {
  readonly name: string
  readonly key: string
  readonly template: string
  readonly line: number
}

/** What a cache reports while it works. */
export type FragmentEvent =
  /**
   * `joined`: it was not in the store yet, and another page of this process had rendered it at the
   * same time.
   */
  | (FragmentSubject & { readonly type: 'hit'; readonly bytes: number; readonly joined?: boolean })
  /**
   * A hit whose time has passed, or whose template was edited since: it is rendered anew when the
   * visitor has the page. Or a miss that could not be rendered.
   */
  | (FragmentSubject & { readonly type: 'stale'; readonly bytes: number })
  | (FragmentSubject & { readonly type: 'miss'; readonly reason: MissReason })
  /** An entry was stored. `ttl` in milliseconds. */
  | (FragmentSubject & { readonly type: 'write'; readonly bytes: number; readonly ttl: number })
  /** A fragment was rendered and served, and not stored. */
  | (FragmentSubject & { readonly type: 'skip'; readonly reason: string })
  /**
   * One key at two places of the templates: each page shows each its own bytes, one of them is
   * stored.
   */
  | {
      readonly type: 'conflict'
      readonly key: string
      readonly name: string
      readonly places: readonly [string, string]
    }
  /** An entry was deleted: a fragment's by `delete()`, a value, a result of a cached function. */
  | { readonly type: 'delete'; readonly key: string; readonly name: string }
  /** Tags were invalidated by `invalidate()`. */
  | { readonly type: 'invalidate'; readonly tags: readonly string[] }
  /**
   * All keys that begin with `prefix` were removed. `name`: of one fragment, or one cached
   * function.
   */
  | { readonly type: 'clear'; readonly prefix: string; readonly name: string | undefined }
  /**
   * Open: the store has failed, and pages do without it until it answers again. Closed: it does.
   */
  | { readonly type: 'breaker'; readonly state: 'open'; readonly error: OnetripError }
  | { readonly type: 'breaker'; readonly state: 'closed' }
  /** The store failed. The page was served all the same. */
  | {
      readonly type: 'error'
      readonly error: OnetripError
      readonly during: string
      readonly keys: readonly string[]
    }

export type FragmentListener = (event: FragmentEvent) => void

/**
 * The listeners of a cache. One that throws harms nothing: neither the page, nor the other
 * listeners.
 */
export class Events {
  readonly #listeners = new Set<FragmentListener>()
  readonly #breakerListeners = new Set<FragmentListener>()

  /**
   * Whether there is a listener for all events: those of fragments are not made where there is
   * none.
   */
  get heard(): boolean {
    return this.#listeners.size > 0
  }

  /** Whether there is a listener for events of the circuit breaker. */
  get hearsBreaker(): boolean {
    return this.heard || this.#breakerListeners.size > 0
  }

  /** Subscribes to events of the circuit breaker alone: no event is made for each hit. */
  subscribeToBreaker(listener: FragmentListener): void {
    this.#breakerListeners.add(listener)
  }

  /** @returns a function that unsubscribes */
  subscribe(listener: FragmentListener): () => void {
    // A function of its own for each call, so that one listener may be subscribed twice.
    const own: FragmentListener = (event) => listener(event)
    this.#listeners.add(own)
    return () => {
      this.#listeners.delete(own)
    }
  }

  emit(event: FragmentEvent): void {
    for (const listener of this.#listeners) call(listener, event)
    if (event.type === 'breaker') for (const listener of this.#breakerListeners) call(listener, event)
  }
}

function call(listener: FragmentListener, event: FragmentEvent): void {
  try {
    const result: unknown = listener(event)
    if (result instanceof Promise) result.catch(() => {})
  } catch {
    // What it threw is the listener's own affair.
  }
}
