import { LRUCache } from 'lru-cache'
import type { Clock } from '../../clock.ts'
import { type TagVersion, TagVersions } from '../tags/tag-versions.ts'
import { FoundValue, type Written } from './found-value.ts'
import type { PreloadScopeState } from './preload-scope.ts'

/** Most changes that are remembered, for runs under way. */
const MAX_CHANGES = 10_000

/** All scopes of a cache. They see the writes of this process at once. */
export class Scopes {
  readonly #open = new Set<PreloadScopeState>()
  /** Times when this process changed a key or invalidated a tag, by its clock. */
  #changes: LRUCache<string, number> | undefined
  readonly #current: () => PreloadScopeState | undefined
  readonly #clock: Clock

  /** @param current returns the scope of the running code */
  constructor(current: () => PreloadScopeState | undefined, clock: Clock) {
    this.#clock = clock
    this.#current = current
  }

  get current(): PreloadScopeState | undefined {
    return this.#current()
  }

  /** Opens a scope, which is to be closed. */
  open(scope: PreloadScopeState): void {
    this.#open.add(scope)
  }

  close(scope: PreloadScopeState): void {
    scope.end()
    this.#open.delete(scope)
  }

  /**
   * Makes what this process has written known to the scope of the running code. Other scopes read
   * the key again: it may be older than what they began with.
   */
  wrote(key: string, body: Buffer, written: Written): void {
    const found = FoundValue.written(key, body, written, new TagVersions(undefined))
    const own = this.current?.withOuter ?? []
    for (const scope of own) scope.put(key, found)
    for (const scope of this.#open) if (!own.includes(scope)) scope.changed(key)
  }

  /** Drops a key that this process has changed. */
  changed(key: string): void {
    this.#note(key)
    for (const scope of this.#all()) scope.changed(key)
  }

  /** Drops values with tags that this process has invalidated. */
  invalidated(tags: readonly string[]): void {
    for (const tag of tags) this.#note(`#${tag}`)
    const of = new Set(tags)
    for (const scope of this.#all()) scope.invalidated(of)
  }

  /** Drops all keys with a prefix. */
  forget(prefix: string): void {
    for (const scope of this.#all()) scope.forget(prefix)
  }

  /** Returns true if this process has changed the key, or invalidated a tag, since `time`. */
  changedSince(time: number, key: string, tags: readonly TagVersion[]): boolean {
    const names = [key, ...tags.map(([tag]) => `#${tag}`)]
    return names.some((name) => (this.#changes?.get(name) ?? Number.NEGATIVE_INFINITY) >= time)
  }

  #note(name: string): void {
    this.#changes ??= new LRUCache({ max: MAX_CHANGES })
    this.#changes.set(name, this.#clock.now())
  }

  #all(): Iterable<PreloadScopeState> {
    const { current } = this
    return current ? new Set([...this.#open, current]) : this.#open
  }
}
