import { LRUCache } from 'lru-cache'
import type { Clock } from '../../clock.ts'
import { type TagVersion, TagVersions } from '../tags/tag-versions.ts'
import { FoundValue, type Written } from './found-value.ts'
import type { PreloadScopeState } from './preload-scope.ts'

/** How many changes are remembered, for runs that are under way. */
const MOST_CHANGES = 10_000

/** All scopes of a process, which see its own writes at once. */
export class Scopes {
  readonly #open = new Set<PreloadScopeState>()
  /** When this process has changed what is stored under a key, or invalidated a tag: by the process' clock. */
  #changes: LRUCache<string, number> | undefined
  readonly #current: () => PreloadScopeState | undefined
  readonly #clock: Clock

  /** @param current what was read ahead for the code that runs */
  constructor(current: () => PreloadScopeState | undefined, clock: Clock) {
    this.#clock = clock
    this.#current = current
  }

  get current(): PreloadScopeState | undefined {
    return this.#current()
  }

  /** To be closed again. */
  open(scope: PreloadScopeState): void {
    this.#open.add(scope)
  }

  close(scope: PreloadScopeState): void {
    scope.end()
    this.#open.delete(scope)
  }

  /**
   * This process has written a value: the code that runs sees it. Others that have read its key ahead read it anew: it may be older
   * than what they began with.
   */
  wrote(key: string, body: Buffer, written: Written): void {
    const found = FoundValue.written(key, body, written, new TagVersions(undefined))
    const own = this.current?.withOuter ?? []
    for (const scope of own) scope.put(key, found)
    for (const scope of this.#open) if (!own.includes(scope)) scope.changed(key)
  }

  /** This process has changed a key: it is to be read anew. */
  changed(key: string): void {
    this.#note(key)
    for (const scope of this.#all()) scope.changed(key)
  }

  /** This process has invalidated tags. */
  invalidated(tags: readonly string[]): void {
    for (const tag of tags) this.#note(`#${tag}`)
    const of = new Set(tags)
    for (const scope of this.#all()) scope.invalidated(of)
  }

  /** All keys that begin so are to be read anew. */
  forget(prefix: string): void {
    for (const scope of this.#all()) scope.forget(prefix)
  }

  /** Whether this process has changed a key, or invalidated one of these tags, after a time. */
  changedSince(time: number, key: string, tags: readonly TagVersion[]): boolean {
    const names = [key, ...tags.map(([tag]) => `#${tag}`)]
    return names.some((name) => (this.#changes?.get(name) ?? Number.NEGATIVE_INFINITY) >= time)
  }

  #note(name: string): void {
    this.#changes ??= new LRUCache({ max: MOST_CHANGES })
    this.#changes.set(name, this.#clock.now())
  }

  #all(): Iterable<PreloadScopeState> {
    const { current } = this
    return current ? new Set([...this.#open, current]) : this.#open
  }
}
