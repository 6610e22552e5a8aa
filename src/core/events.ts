import type { OnetripError } from '../errors.ts'

/** Reason of a miss. */
export type MissReason =
  /** Nothing was stored under its key. */
  | 'absent'
  /** Its entry had expired. */
  | 'expired'
  /** It was deleted. */
  | 'invalidated'
  /** A template that its entry was made of has changed, or an option that shapes output. */
  | 'template changed'
  /** A part of its key has another version than the one that its entry was made of. */
  | 'version changed'
  /** A macro, import or block that its body uses is other code on this page. */
  | 'bound otherwise'
  /** Its entry could not be read: truncated, foreign, or written by a later version. */
  | 'damaged'
  /** The store did not answer. */
  | 'store error'
  /** Its tag's `if=` was false, or a visitor's part of its key is an empty string. */
  | 'skipped'
  /** The option `bypass` says that this request reads nothing. */
  | 'bypassed'

/** The part that all events of a fragment have in common. */
export interface FragmentSubject {
  /** Name of the fragment: the first argument of its tag. */
  readonly name: string
  /** Key of its entry in the store. */
  readonly key: string
  /** Template that its tag stands in. */
  readonly template: string
  /** Line of its tag, counted from 1. */
  readonly line: number
}

/** An event of a cache. */
export type FragmentEvent =
  /** `joined`: it was rendered by another page at the same time, and not found in the store. */
  | (FragmentSubject & { readonly type: 'hit'; readonly bytes: number; readonly joined?: boolean })
  /**
   * A hit that has expired, or whose template was edited since: it is refreshed when the visitor
   * has the page. Or a miss whose body failed, and whose earlier entry is shown.
   */
  | (FragmentSubject & { readonly type: 'stale'; readonly bytes: number })
  | (FragmentSubject & { readonly type: 'miss'; readonly reason: MissReason })
  /** An entry was stored. `ttl` is in milliseconds. */
  | (FragmentSubject & { readonly type: 'write'; readonly bytes: number; readonly ttl: number })
  /** A fragment was rendered and served, and not stored. */
  | (FragmentSubject & { readonly type: 'skip'; readonly reason: string })
  /** Two places of the templates have one key: pages show each its own, one of them is stored. */
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
  /** The store, or a refresh, failed. The page was served all the same. */
  | {
      readonly type: 'error'
      readonly error: OnetripError
      readonly during: string
      readonly keys: readonly string[]
    }

/** Receives the events of a cache. An error that it throws is ignored. */
export type FragmentListener = (event: FragmentEvent) => void

/** The listeners of a cache. An error of one affects neither the page nor other listeners. */
export class Events {
  readonly #listeners = new Set<FragmentListener>()
  readonly #rareListeners = new Set<FragmentListener>()
  readonly #breakerListeners = new Set<FragmentListener>()

  /** Returns true if there is a listener for all events: else none is created for a hit. */
  get heard(): boolean {
    return this.#listeners.size > 0
  }

  /** Returns true if there is a listener for those events that no hit causes. */
  get heardRarely(): boolean {
    return this.#listeners.size > 0 || this.#rareListeners.size > 0
  }

  /** Returns true if there is a listener for events of the circuit breaker. */
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

  /**
   * Subscribes to all events but `hit`, `stale` and `miss`. It makes no event for each hit, and is
   * not taken for somebody who reads warnings.
   * @returns a function that unsubscribes
   */
  subscribeToRare(listener: FragmentListener): () => void {
    this.#rareListeners.add(listener)
    return () => {
      this.#rareListeners.delete(listener)
    }
  }

  emit(event: FragmentEvent): void {
    for (const listener of this.#listeners) call(listener, event)
    if (!isOutcome(event)) for (const listener of this.#rareListeners) call(listener, event)
    if (event.type === 'breaker') for (const listener of this.#breakerListeners) call(listener, event)
  }
}

function isOutcome({ type }: FragmentEvent): boolean {
  return type === 'hit' || type === 'stale' || type === 'miss'
}

function call(listener: FragmentListener, event: FragmentEvent): void {
  try {
    const result: unknown = listener(event)
    if (result instanceof Promise) result.catch(() => {})
  } catch {
    // A listener's error is its own to handle.
  }
}
