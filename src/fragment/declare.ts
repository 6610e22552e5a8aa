import { TagError, UnsettledError } from '../errors.ts'
import type { Declaration, Hole, Lazy, Loaded, Place, RunHost } from '../template/template-engine.ts'
import { toMilliseconds } from './duration.ts'
import { Fragment } from './fragment.ts'
import { fragmentKey } from './fragment-key.ts'
import type { Loads } from './load.ts'
import type { Services } from './services.ts'
import { readTags } from './tags.ts'
import type { Vary } from './vary.ts'

/** The fragments of one page: one key at one place is one, however often it is declared. */
export class Fragments {
  readonly #places = new Map<Place, Map<string, Fragment>>()
  #place: Place | undefined
  #ofPlace = new Map<string, Fragment>()

  find(place: Place, key: string): Fragment | undefined {
    this.#turnTo(place)
    return this.#ofPlace.get(key)
  }

  add(place: Place, key: string, fragment: Fragment): void {
    this.#turnTo(place)
    this.#ofPlace.set(key, fragment)
  }

  /** Tags are met place by place: a loop's, again and again. */
  #turnTo(place: Place): void {
    if (place === this.#place) return
    this.#place = place
    const known = this.#places.get(place)
    this.#ofPlace = known ?? new Map()
    if (!known) this.#places.set(place, this.#ofPlace)
  }
}

/** What a run of a page's template asks of the page. */
export class PageHost implements RunHost {
  readonly #services: Services
  readonly #fragments: Fragments
  readonly #loads: Loads
  readonly #vary: Vary
  readonly #engine: string

  /** @param engine digest of the engine's options */
  constructor(services: Services, fragments: Fragments, loads: Loads, vary: Vary, engine: string) {
    this.#vary = vary
    this.#services = services
    this.#fragments = fragments
    this.#loads = loads
    this.#engine = engine
  }

  declare(declaration: Declaration): Hole {
    const { place, name, parts, enabled } = declaration
    const key = fragmentKey(this.#services.keyPrefix, name, parts, place) + this.#vary.suffixOf(declaration)
    // The condition of one tag may differ from item to item.
    const identity = enabled ? key : `if=false ${key}`
    const known = this.#fragments.find(place, identity)
    if (known) {
      // A run that was cut is over, and so is the scope of what it declared.
      known.run = declaration.body
      return known
    }
    const tags = readTags(declaration.tags, name, place)
    const fragment = new Fragment(declaration, key, this.#ttl(declaration), tags, this.#engine)
    this.#fragments.add(place, identity, fragment)
    return fragment
  }

  #ttl({ ttl, name, place }: Declaration): number {
    if (ttl !== undefined)
      return toMilliseconds(ttl, `The ttl of the fragment "${name}" (${place.template}, line ${place.line})`)
    const { options } = this.#services
    if (options.ttl !== undefined) return options.ttl
    throw new TagError(
      `The fragment "${name}" has no ttl (${place.template}, line ${place.line}): give the tag one, such as ttl="5m", ` +
        "or the cache, such as ttl: '5m'.",
    )
  }

  textOf(hole: Hole): string | undefined {
    const fragment = hole as Fragment
    return fragment.complete ? fragment.text : undefined
  }

  loaded(lazy: Lazy<unknown>): Loaded | undefined {
    return this.#loads.get(lazy)
  }
}

/** What the body of a fragment asks. */
export class BodyHost implements RunHost {
  readonly #host: RunHost
  readonly #around: Fragment

  constructor(host: RunHost, around: Fragment) {
    this.#host = host
    this.#around = around
  }

  declare(declaration: Declaration): Hole {
    const fragment = this.#host.declare(declaration) as Fragment
    const chain = chainTo(fragment, this.#around)
    if (chain) throw endless(chain)
    fragment.around.add(this.#around)
    return fragment
  }

  textOf(hole: Hole): string | undefined {
    return this.#host.textOf(hole)
  }

  loaded(lazy: Lazy<unknown>): Loaded | undefined {
    return this.#host.loaded(lazy)
  }
}

/** From a fragment down to one that is inside it; undefined where it is not. */
function chainTo(fragment: Fragment, inside: Fragment): Fragment[] | undefined {
  if (fragment === inside) return [inside]
  for (const around of inside.around) {
    const chain = chainTo(fragment, around)
    if (chain) return [...chain, inside]
  }
  return undefined
}

/** The error of a fragment that is rendered inside itself. */
export function endless(chain: readonly Fragment[]): UnsettledError {
  const names = chain.map(({ name, place }) => `"${name}" (${place.template}, line ${place.line})`)
  return new UnsettledError(`A fragment renders itself without end: ${[...names, names[0]].join(' > ')}.`)
}
