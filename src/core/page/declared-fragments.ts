import type { Declaration, Place } from '../../engines/template-engine.ts'
import { type Lifetime, readLifetime } from '../entry/lifetime.ts'
import { Fragment } from '../fragment/fragment.ts'
import { fragmentKey } from '../key/fragment-key.ts'
import { UNKNOWN_REQUEST } from '../key/vary.ts'
import { withVersions } from '../key/versioned-parts.ts'
import { isBoundAlike, isBoundAs } from '../lookup/bound-code.ts'
import type { ResolvedOptions } from '../options/cache-options.ts'
import type { PageContext } from '../page-context.ts'
import type { Services } from '../services.ts'
import { readTags } from '../tags/tag-versions.ts'

/**
 * The fragments of one render, by place and key: one key at one place is one fragment, however
 * often it is declared.
 */
export class DeclaredFragments {
  readonly #services: Services
  readonly #context: PageContext
  readonly #engine: string
  readonly #earlier: readonly DeclaredFragments[]
  /** The place of the last tag: a tag in a loop is met many times in a row. */
  #last: DeclaredPlace | undefined
  /** Created for the second place: many pages have one. */
  #places: Map<Place, DeclaredPlace> | undefined

  /**
   * @param engine digest of the engine's options
   * @param earlier fragments of earlier renders of the page
   */
  constructor(
    services: Services,
    context: PageContext,
    engine: string,
    earlier: readonly DeclaredFragments[],
  ) {
    this.#services = services
    this.#context = context
    this.#engine = engine
    this.#earlier = earlier
  }

  /**
   * Returns the fragment of a tag that was met: its key, lifetime and tags are read from what the
   * tag says.
   * @throws KeyPartError, TagError, DurationError
   */
  of(declaration: Declaration): Fragment {
    const { place, name, enabled, vary } = declaration
    const { options, keyPrefix } = this.#services
    const versioned = withVersions(declaration.parts, options.versionedParts, name)
    const version = versioned?.version ?? ''
    const varies = vary !== undefined || options.defaultVary.length > 0
    const { unknown } = this.#context
    let key = fragmentKey(keyPrefix, name, versioned?.parts ?? declaration.parts, place)
    if (varies && !unknown) key += this.#context.vary.suffixOf(declaration)
    // One key may stand for several fragments: its condition may differ from item to item, and its
    // version, if the page has loaded one object twice.
    let identity = enabled ? key + (version && ` ${version}`) : `if=false ${key}`
    const at = this.#at(place)
    let known = at.find(identity)
    // So may the code that a name stands for: macros that are passed to one macro in turn.
    while (known && !isBoundAlike(known, declaration)) {
      identity += ' bound otherwise'
      known = at.find(identity)
    }
    if (known) {
      known.declaredAgain(declaration)
      return known
    }
    const earlier = this.#earlier.length > 0 ? this.#findEarlier(place, identity) : undefined
    if (earlier?.entry && isBoundAs(declaration, earlier.entry)) {
      at.add(identity, earlier)
      return earlier
    }
    const tags = readTags(declaration.tags, name, place)
    const lifetime = at.lifetimeOf(declaration, options)
    const fragment = new Fragment(declaration, key, version, lifetime, tags, this.#engine)
    if (varies && unknown) fragment.keepToPage(UNKNOWN_REQUEST)
    at.add(identity, fragment)
    return fragment
  }

  #at(place: Place): DeclaredPlace {
    const last = this.#last
    if (last?.place === place) return last
    if (last) this.#places ??= new Map([[last.place, last]])
    const known = this.#places?.get(place)
    this.#last = known ?? new DeclaredPlace(place)
    if (!known) this.#places?.set(place, this.#last)
    return this.#last
  }

  /** Finds one that another render may show, too: a hit that depends on no data. */
  #findEarlier(place: Place, identity: string): Fragment | undefined {
    for (const earlier of this.#earlier.toReversed()) {
      const fragment = earlier.#at(place).find(identity)
      if (fragment?.entry && fragment.complete && !fragment.hasNocache) return fragment
    }
    return undefined
  }
}

/** The fragments of one place. */
class DeclaredPlace {
  readonly place: Place
  readonly #fragments = new Map<string, Fragment>()
  /** The last declaration whose lifetime was read, and the result: the same for most of a loop. */
  #said: Declaration | undefined
  #lifetime: Lifetime | undefined

  constructor(place: Place) {
    this.place = place
  }

  find(identity: string): Fragment | undefined {
    return this.#fragments.get(identity)
  }

  add(identity: string, fragment: Fragment): void {
    this.#fragments.set(identity, fragment)
  }

  /** @throws TagError, DurationError */
  lifetimeOf(declaration: Declaration, options: ResolvedOptions): Lifetime {
    const said = this.#said
    if (this.#lifetime && said && saysTheSame(said, declaration)) return this.#lifetime
    this.#lifetime = readLifetime(declaration, options)
    this.#said = declaration
    return this.#lifetime
  }
}

/** Returns true for equal lifetimes. A Date may have changed. */
function saysTheSame(one: Declaration, other: Declaration): boolean {
  const { ttl, stale, until } = one
  return ttl === other.ttl && stale === other.stale && until === other.until && typeof until !== 'object'
}
