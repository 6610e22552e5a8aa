import type { DataPolicy } from '../../engines/data-policy.ts'
import type { DefinedCall } from '../../engines/defined-call.ts'
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
import { notice } from '../../options/notice.ts'
import type { Dependencies } from '../fragment/dependencies.ts'
import type { Fragment } from '../fragment/fragment.ts'
import { HeadNode } from '../fragment/head-block.ts'
import { type NocacheHole, NocacheHoles } from '../fragment/nocache-hole.ts'
import type { PageNode, Part } from '../fragment/page-node.ts'
import { fragmentKey, isVariantOf } from '../key/fragment-key.ts'
import { withVersions } from '../key/versioned-parts.ts'
import type { PageContext } from '../page-context.ts'
import type { ResponseWatch } from '../safety/response-watch.ts'
import type { Services } from '../services.ts'
import type { PageTrace } from '../trace/page-trace.ts'
import { DeclaredFragments } from './declared-fragments.ts'
import type { DefinedFragments } from './defined-fragments.ts'
import type { LazyLoads } from './lazy-loads.ts'

/**
 * Runs a page's template once more. An object, since V8 would pretenure a closure that holds a
 * page.
 */
interface RunsAgain {
  runAgain(host: RunHost): MaybePromise<Run> | undefined
}

interface HostedPage {
  readonly services: Services
  readonly context: PageContext
  readonly loads: LazyLoads
}

/** A render, as far as fragments need it that are defined apart from its templates. */
interface DefinesFragments {
  readonly defined: DefinedFragments
}

/** Answers what a page's template asks of the page. Belongs to one render. */
export class PageHost implements RunHost {
  /** Undefined if there is no response. */
  readonly watch: ResponseWatch | undefined
  engineState: unknown
  /** The last run of the page's template: it renders holes with the page's data. */
  skeleton: Run | undefined
  again: RunsAgain | undefined
  /** The render that it belongs to. */
  render: DefinesFragments | undefined
  readonly #holes = new NocacheHoles()
  readonly #page: HostedPage
  readonly #services: Services
  /** The fragments that it has declared. */
  readonly fragments: DeclaredFragments

  /**
   * @param engine digest of the engine's options
   * @param earlier fragments of earlier renders of this page
   */
  constructor(
    page: HostedPage,
    engine: string,
    earlier: readonly DeclaredFragments[],
    watch: ResponseWatch | undefined,
  ) {
    this.watch = watch
    this.#page = page
    this.#services = page.services
    this.fragments = new DeclaredFragments(page.services, page.context, engine, earlier)
  }

  get dataPolicy(): DataPolicy {
    return this.#services.options.dataPolicy
  }

  /** Undefined unless its page is traced. */
  get trace(): PageTrace | undefined {
    return this.#page.context.trace
  }

  /** Milliseconds of the process' clock. */
  get now(): number {
    return this.#services.time.now()
  }

  declare(declaration: Declaration): Hole {
    return this.fragments.of(declaration)
  }

  /** Declares a fragment by its definition. It is any other fragment from then on. */
  declareDefined(call: DefinedCall): Hole {
    return this.declare((this.render as DefinesFragments).defined.declarationOf(call))
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
      const now = fragmentKey(keyPrefix, name, keyed?.parts ?? again, place)
      if ((keyed?.version ?? '') === version && isVariantOf(key, now)) return
    } catch {
      // A part has become a value that no key takes.
    }
    fragment.startBody().keyChanged = true
    notice(
      `The data of the fragment ${fragment.title} was changed while its page was rendered, so that its key would be another: ` +
        'it is not stored. Give each page objects of its own, or wait for one before its data is changed.',
    )
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
    const what = `${title} could not be rendered, and its stale entry is served: ${why}`
    const error = new RenderError(what, { cause })
    events.emit({ type: 'error', error, during: 'render', keys: shown.map(({ key }) => key) })
  }

  /** Returns the hole of an entry, which is rendered with the data of this page. */
  reopen({ template, number, values }: StoredNocache): NocacheHole {
    const kept = { template, number, values }
    return this.#holes.of({ ...kept, body: (host) => this.renderHole(kept, host) })
  }

  /** Renders a `{% nocache %}` with the data of this page. */
  renderHole(hole: StoredNocache, host: RunHost): MaybePromise<Run> {
    return (this.skeleton as Run).renderHole(hole, host)
  }

  textOf(hole: Hole): string | undefined {
    const node = hole as PageNode
    return node.complete ? node.text : undefined
  }

  get calls(): LazyCalls {
    return this.#page.loads.calls
  }

  loaded(lazy: Lazy<unknown>): Loaded | undefined {
    return this.#page.loads.get(lazy)
  }

  /** Returns the cached results that a lazy value was made of. */
  dependenciesOf(lazy: Lazy<unknown>): Dependencies | undefined {
    return this.#page.loads.dependenciesOf(lazy)
  }
}
