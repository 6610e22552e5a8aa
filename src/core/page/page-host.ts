import type {
  DataPolicy,
  Declaration,
  Hole,
  Lazy,
  LazyCalls,
  Loaded,
  MaybePromise,
  NocacheDeclaration,
  Place,
  Run,
  RunHost,
  StoredNocache,
} from '../../engines/template-engine.ts'
import { messageOf, RenderError, UnsettledError } from '../../errors.ts'
import { readLifetime } from '../entry/lifetime.ts'
import type { Dependencies } from '../fragment/dependencies.ts'
import { Fragment } from '../fragment/fragment.ts'
import { HeadNode } from '../fragment/head-block.ts'
import { type NocacheHole, NocacheHoles } from '../fragment/nocache-hole.ts'
import type { PageNode, Part } from '../fragment/page-node.ts'
import { fragmentKey, isVariantOf } from '../key/fragment-key.ts'
import { UNKNOWN_REQUEST, type Vary } from '../key/vary.ts'
import { withVersions } from '../key/versioned-parts.ts'
import { isBoundAlike, isBoundAs } from '../lookup/bound-code.ts'
import { notice } from '../notices.ts'
import type { ResponseWatch } from '../safety/response-watch.ts'
import type { Services } from '../services.ts'
import { readTags } from '../tags/tag-versions.ts'
import type { LazyLoads } from './lazy-loads.ts'
import type { RunAgain } from './run-again.ts'

/** Fragments by place and key: one key at one place is one, however often it is declared. */
class Fragments {
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

/** The fragments of a page's earlier renders. Most pages have one render, which looks at none. */
export class EarlierFragments {
  readonly #renders: Fragments[] = Array.of()

  add(fragments: Fragments): void {
    this.#renders.push(fragments)
  }

  /** Finds one that another render may show too: it came from the store, and is the same for every data. */
  find(place: Place, key: string): Fragment | undefined {
    for (let n = this.#renders.length - 1; n >= 0; n--) {
      const fragment = this.#renders[n]?.find(place, key)
      if (fragment?.entry && fragment.complete && !fragment.live) return fragment
    }
    return undefined
  }
}

/** What a run of a page's template asks of the page. Belongs to one render. */
export class PageHost implements RunHost {
  /** Where there is a response. */
  readonly watch: ResponseWatch | undefined
  engineState: unknown
  /** The run of the page's template: what its data is, holes are told by it. */
  skeleton: Run | undefined
  /** Runs the page's template again where its data has changed since, with the data as it was. */
  again: RunAgain | undefined
  readonly #holes = new NocacheHoles()
  readonly #services: Services
  readonly #fragments = new Fragments()
  readonly #earlier: EarlierFragments
  readonly #loads: LazyLoads
  readonly #vary: Vary
  readonly #engine: string

  /**
   * @param earlier what earlier renders of this page have done
   * @param engine digest of the engine's options
   */
  constructor(
    services: Services,
    earlier: EarlierFragments,
    loads: LazyLoads,
    vary: Vary,
    engine: string,
    watch: ResponseWatch | undefined,
  ) {
    this.watch = watch
    this.#vary = vary
    this.#services = services
    this.#earlier = earlier
    this.#loads = loads
    this.#engine = engine
  }

  get rules(): DataPolicy {
    return this.#services.options.rules
  }

  /** By the process' clock. */
  get now(): number {
    return this.#services.time.now()
  }

  declare(declaration: Declaration): Hole {
    const { place, name, enabled } = declaration
    const { options, keyPrefix } = this.#services
    const { parts, version } = withVersions(declaration.parts, options.versionedParts, name)
    const key = fragmentKey(keyPrefix, name, parts, place) + this.#vary.suffixOf(declaration)
    // The condition of one tag may differ from item to item.
    // So may its version, where the page has loaded one object twice.
    let identity = enabled ? key + (version && ` ${version}`) : `if=false ${key}`
    let known = this.#fragments.find(place, identity)
    // So may the code that a name stands for: macros that are handed to one macro in turn.
    while (known && !isBoundAlike(known, declaration)) {
      identity += ' bound otherwise'
      known = this.#fragments.find(place, identity)
    }
    if (known) {
      known.declaredAgain(declaration)
      return known
    }
    const earlier = this.#earlier.find(place, identity)
    if (earlier?.entry && isBoundAs(declaration, earlier.entry)) {
      this.#fragments.add(place, identity, earlier)
      return earlier
    }
    const tags = readTags(declaration.tags, name, place)
    const lifetime = readLifetime(declaration, options)
    const fragment = new Fragment(declaration, key, version, lifetime, tags, this.#engine)
    if (this.#vary.isUnknown(declaration)) fragment.keepToPage(UNKNOWN_REQUEST)
    this.#fragments.add(place, identity, fragment)
    return fragment
  }

  /**
   * To be called before bodies run: where the page's data has changed since, they are declared again with it as it was.
   */
  declareAgain(): MaybePromise<void> {
    const running = this.again?.start(this)
    if (running === undefined) return undefined
    const declared = (run: Run) => {
      this.skeleton = run
    }
    return running instanceof Promise ? running.then(declared) : declared(running)
  }

  /**
   * Compares the key of a fragment with that of the same parts, evaluated once more when its body had run: another one
   * says that what it shows may not be what its key says.
   */
  checkKey(fragment: Fragment, again: readonly unknown[]): void {
    const { name, place, key, version } = fragment
    const { options, keyPrefix } = this.#services
    try {
      const keyed = withVersions(again, options.versionedParts, name)
      const now = fragmentKey(keyPrefix, name, keyed.parts, place)
      if (keyed.version === version && isVariantOf(key, now)) return
    } catch {
      // What was a part is none any more.
    }
    fragment.startBody().keyChanged = true
    notice(
      `The data of the fragment ${fragment.title} was changed while its page was rendered, so that its key would be another: ` +
        'it is not stored. Give each page objects of its own, or wait for one before its data is changed.',
    )
  }

  /** The render is over. */
  finish(): void {
    this.engineState = undefined
    this.#earlier.add(this.#fragments)
  }

  addNocache(declaration: NocacheDeclaration): NocacheHole {
    return this.#holes.of(declaration)
  }

  addToHead(parts: readonly (string | Hole)[]): Hole {
    return new HeadNode(parts as readonly Part[])
  }

  /** A body threw, and what those fragments were before is shown. */
  failed({ title }: PageNode, shown: readonly Fragment[], cause: unknown): void {
    const { events, refreshes } = this.#services
    for (const { key } of shown) refreshes.failed(key)
    const why = messageOf(cause)
    const error = new RenderError(
      `${title} could not be rendered, and what was there before is shown: ${why}`,
      {
        cause,
      },
    )
    events.emit({ type: 'error', error, during: 'render', keys: shown.map(({ key }) => key) })
  }

  /** The hole of an entry, which is rendered with the data of this page. */
  reopen({ template, number, values }: StoredNocache): NocacheHole {
    const kept = { template, number, values }
    return this.#holes.of({ ...kept, body: (host) => (this.skeleton as Run).renderHole(kept, host) })
  }

  textOf(hole: Hole): string | undefined {
    const node = hole as PageNode
    return node.complete ? node.text : undefined
  }

  get calls(): LazyCalls {
    return this.#loads.calls
  }

  loaded(lazy: Lazy<unknown>): Loaded | undefined {
    return this.#loads.get(lazy)
  }

  /** What a lazy value was made of. */
  dependenciesOf(lazy: Lazy<unknown>): Dependencies | undefined {
    return this.#loads.dependenciesOf(lazy)
  }
}

/** What the body of a fragment, or of a live hole, asks. */
export class BodyHost implements RunHost {
  readonly #host: PageHost
  readonly #around: PageNode

  constructor(host: PageHost, around: PageNode) {
    this.#host = host
    this.#around = around
  }

  get engineState(): unknown {
    return this.#around.body?.engineState
  }

  set engineState(value: unknown) {
    this.#around.startBody().engineState = value
  }

  get rules(): DataPolicy {
    return this.#host.rules
  }

  declare(declaration: Declaration): Hole {
    return this.#inside(this.#host.declare(declaration) as PageNode)
  }

  addNocache(declaration: NocacheDeclaration): Hole {
    return this.#inside(this.#host.addNocache(declaration) as PageNode)
  }

  addToHead(parts: readonly (string | Hole)[]): Hole {
    return this.#host.addToHead(parts)
  }

  #inside(node: PageNode): PageNode {
    const chain = chainTo(node, this.#around)
    if (chain) throw endless(chain)
    node.standsIn(this.#around)
    return node
  }

  textOf(hole: Hole): string | undefined {
    return this.#host.textOf(hole)
  }

  get calls(): LazyCalls {
    return this.#host.calls
  }

  /** What a lazy value was made of counts for the fragment that reads it. */
  loaded(lazy: Lazy<unknown>): Loaded | undefined {
    const madeOf = this.#host.dependenciesOf(lazy)
    if (madeOf && this.#around instanceof Fragment) this.#around.dependsOn(madeOf)
    return this.#host.loaded(lazy)
  }
}

/** From a piece down to one that is inside it; undefined where it is not. */
function chainTo(node: PageNode, inside: PageNode): PageNode[] | undefined {
  if (!node.body) return undefined
  /** The pieces around `inside`, each with the one through which it was met. */
  const ways = new Map<PageNode, PageNode | undefined>([[inside, undefined]])
  for (const [one, through] of ways) {
    if (one === node) {
      const chain = [one]
      for (let next = through; next; next = ways.get(next)) chain.push(next)
      return chain
    }
    for (const around of one.around) if (!ways.has(around)) ways.set(around, one)
  }
  return undefined
}

/** The error of a fragment that is rendered inside itself. */
export function endless(chain: readonly PageNode[]): UnsettledError {
  const titles = chain.map(({ title }) => title)
  return new UnsettledError(`A fragment renders itself without end: ${[...titles, titles[0]].join(' > ')}.`)
}

/** How many titles of a chain a message shows. */
const MOST_TITLES = 5

/** The error of fragments that stand too deep in one another. @param node the innermost one */
export function tooDeep(node: PageNode, most: number): UnsettledError {
  const titles: string[] = []
  for (let one: PageNode | undefined = node; one && titles.length < MOST_TITLES; [one] = one.around)
    titles.unshift(one.title)
  return new UnsettledError(
    `Fragments stand more than ${most} deep in one another, the innermost ${titles.join(' > ')}: a template that includes ` +
      'itself, or a macro that calls itself, does not end.',
  )
}
