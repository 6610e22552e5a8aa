import type { DataPolicy } from '../../engines/data-policy.ts'
import type { Lazy, LazyCalls, Loaded } from '../../engines/lazy.ts'
import type {
  Declaration,
  Hole,
  MaybePromise,
  NocacheDeclaration,
  Run,
  RunHost,
  StoredNocache,
} from '../../engines/template-engine.ts'
import { messageOf, RenderError } from '../../errors.ts'
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
import { type EarlierFragments, FragmentRegistry } from './fragment-registry.ts'
import type { LazyLoads } from './lazy-loads.ts'

/**
 * Runs a page's template once more. An object, since V8 would pretenure a closure that holds a
 * page.
 */
interface RunsAgain {
  runAgain(host: RunHost): MaybePromise<Run> | undefined
}

/** Answers what a page's template asks of the page. Belongs to one render. */
export class PageHost implements RunHost {
  /** Undefined if there is no response. */
  readonly watch: ResponseWatch | undefined
  engineState: unknown
  /** The last run of the page's template: it renders holes with the page's data. */
  skeleton: Run | undefined
  again: RunsAgain | undefined
  readonly #holes = new NocacheHoles()
  readonly #services: Services
  readonly #fragments = new FragmentRegistry()
  readonly #earlier: EarlierFragments
  readonly #loads: LazyLoads
  readonly #vary: Vary
  readonly #engine: string

  /**
   * @param earlier fragments of earlier renders of this page
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

  get dataPolicy(): DataPolicy {
    return this.#services.options.dataPolicy
  }

  /** Milliseconds of the process' clock. */
  get now(): number {
    return this.#services.time.now()
  }

  declare(declaration: Declaration): Hole {
    const { place, name, enabled } = declaration
    const { options, keyPrefix } = this.#services
    const { parts, version } = withVersions(declaration.parts, options.versionedParts, name)
    const key = fragmentKey(keyPrefix, name, parts, place) + this.#vary.suffixOf(declaration)
    // One key may stand for several fragments: its condition may differ from item to item, and its
    // version, if the page has loaded one object twice.
    let identity = enabled ? key + (version && ` ${version}`) : `if=false ${key}`
    let known = this.#fragments.find(place, identity)
    // So may the code that a name stands for: macros that are passed to one macro in turn.
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

  /** Declares all fragments again, before bodies run, if the caller has changed the page's data. */
  declareAgain(): MaybePromise<void> {
    const running = this.again?.runAgain(this)
    if (running === undefined) return undefined
    const declared = (run: Run) => {
      this.skeleton = run
    }
    return running instanceof Promise ? running.then(declared) : declared(running)
  }

  /**
   * Compares the key of a fragment with that of the same parts, evaluated again once its body has
   * run. If they differ, its content may not be what its key says, and is not stored.
   */
  checkKey(fragment: Fragment, again: readonly unknown[]): void {
    const { name, place, key, version } = fragment
    const { options, keyPrefix } = this.#services
    try {
      const keyed = withVersions(again, options.versionedParts, name)
      const now = fragmentKey(keyPrefix, name, keyed.parts, place)
      if (keyed.version === version && isVariantOf(key, now)) return
    } catch {
      // A part has become a value that no key takes.
    }
    fragment.startBody().keyChanged = true
    notice(
      `The data of the fragment ${fragment.title} was changed while its page was rendered, so that its key would be another: ` +
        'it is not stored. Give each page objects of its own, or wait for one before its data is changed.',
    )
  }

  /** Ends the render: later renders of the page may show its hits. */
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

  /** Reports that a body threw, and that fragments show an earlier entry. */
  failed({ title }: PageNode, shown: readonly Fragment[], cause: unknown): void {
    const { events, refreshes } = this.#services
    for (const { key } of shown) refreshes.failed(key)
    const why = messageOf(cause)
    const what = `${title} could not be rendered, and what was there before is shown: ${why}`
    const error = new RenderError(what, { cause })
    events.emit({ type: 'error', error, during: 'render', keys: shown.map(({ key }) => key) })
  }

  /** Returns the hole of an entry, which is rendered with the data of this page. */
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

  /** Returns the cached results that a lazy value was made of. */
  dependenciesOf(lazy: Lazy<unknown>): Dependencies | undefined {
    return this.#loads.dependenciesOf(lazy)
  }
}
