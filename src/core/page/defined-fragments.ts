import { AsyncLocalStorage } from 'node:async_hooks'
import type { DefinedCall, DefinedSource } from '../../engines/defined-call.ts'
import { Lazy, type Loaded } from '../../engines/lazy.ts'
import type {
  Declaration,
  MaybePromise,
  Place,
  Run,
  RunHost,
  TemplateEngine,
} from '../../engines/template-engine.ts'
import { KeyPartError, LazyError, messageOf } from '../../errors.ts'
import { isPlainObject, show } from '../../options/show.ts'
import type { DefinedFragment, VaryValues } from '../definition/define-fragment.ts'
import { type Params, partsOf } from '../definition/params.ts'
import { Dependencies } from '../fragment/dependencies.ts'
import type { PageContext } from '../page-context.ts'
import { LeakCheck } from '../safety/leak-check.ts'
import type { Services } from '../services.ts'
import { OwnDataHost, type RendersHoles } from './own-data-host.ts'
import { runWithout } from './run-without.ts'

/**
 * Runs a function outside of all async contexts: what code keeps of a request in an
 * AsyncLocalStorage is not there. Taken when the module is loaded, which is before any request.
 */
const outsideOfRequests = AsyncLocalStorage.snapshot()

/** The render that fragments are declared in. */
export interface DefiningRender {
  readonly engine: TemplateEngine
  readonly context: PageContext
  readonly check: LeakCheck
  readonly services: Services
  readonly host: RendersHoles
  readonly page: { inContext<T>(fn: () => T): T }
}

/**
 * The defined fragments of one render. Each is declared as any other fragment; its body is the
 * template of its definition, with what it varies by, the parameters and what `load` returns, and
 * nothing of the page: so that a worker renders the same.
 */
export class DefinedFragments {
  readonly #render: DefiningRender
  /** One load for each key, however often its tag is met. */
  readonly #loads = new Map<string, Lazy<unknown>>()

  constructor(render: DefiningRender) {
    this.#render = render
  }

  /** @throws TagError, KeyPartError */
  declarationOf(call: DefinedCall): Declaration {
    const { services, context, check } = this.#render
    const { name, place } = call
    const perVisitor = call.perVisitor || check.hasPerVisitorParameter(name, place)
    const where = ` (${place.template}${place.line === 0 ? '' : `, line ${place.line}`})`
    const fragment = services.options.fragments.definitions.named(name, where)
    const params = fragment.paramsOf(call.params, where)
    const { vary: names = [] } = fragment.options
    const varies = names.length > 0 || services.options.defaultVary.length > 0
    if (context.unknown && varies) {
      throw new KeyPartError(
        `The fragment "${name}" varies by its request${where}, which is not known: call what renders it by request.fragments.run(fn).`,
      )
    }
    const vary = context.vary.valuesOf(names, `The fragment "${name}"`, where)
    const body = new DefinedBody(
      fragment,
      { name, params, vary, perVisitor },
      where,
      this.#render,
      this.#loads,
    )
    return new DefinedDeclaration(fragment, call, body)
  }
}

/** The declaration of a defined fragment. A class, as those of cache tags are. */
class DefinedDeclaration implements Declaration {
  readonly place: Place
  readonly name: string
  readonly parts: readonly unknown[]
  readonly ttl: unknown
  readonly stale: unknown
  readonly allowEmpty: unknown
  readonly enabled: boolean
  readonly tags: unknown
  readonly vary: unknown
  readonly bubbles: boolean
  readonly readsNocache: boolean
  readonly unshared: string | undefined
  readonly defined: DefinedSource
  readonly body: Declaration['body']

  constructor(fragment: DefinedFragment, call: DefinedCall, body: DefinedBody) {
    const { options, place, name } = fragment
    const { params } = body.source
    this.place = place
    this.name = name
    this.parts = partsOf(params)
    this.ttl = options.ttl
    this.stale = options.stale
    this.allowEmpty = options.allowEmpty
    this.enabled = call.enabled
    this.tags = typeof options.tags === 'function' ? options.tags(params as Params) : options.tags
    this.vary = options.vary
    this.bubbles = options.bubble !== false
    this.readsNocache = call.readsNocache
    const empty = call.perVisitorParams?.find((param) => params[param] === '')
    this.unshared = empty && `its parameter "${empty}" is an empty string, which names no visitor`
    this.defined = body.source
    this.body = (host) => body.run(host)
  }
}

/** The body of a defined fragment. */
class DefinedBody {
  readonly source: DefinedSource
  readonly #fragment: DefinedFragment
  readonly #where: string
  readonly #render: DefiningRender
  readonly #loads: Map<string, Lazy<unknown>>

  /** @param where the tag stands, for messages */
  constructor(
    fragment: DefinedFragment,
    source: DefinedSource,
    where: string,
    render: DefiningRender,
    loads: Map<string, Lazy<unknown>>,
  ) {
    this.source = source
    this.#fragment = fragment
    this.#where = where
    this.#render = render
    this.#loads = loads
  }

  /** Runs it. The first run is cut: it says what is to be loaded. */
  run(host: RunHost): MaybePromise<Run> {
    const { load } = this.#fragment.options
    if (!load) return this.#renderWith({}, host)
    const lazy = this.#lazy()
    const loaded = host.loaded(lazy)
    if (!loaded) return runWithout(lazy, `load of the fragment "${this.source.name}"`)
    return this.#renderWith(this.#dataOf(loaded), host)
  }

  #lazy(): Lazy<unknown> {
    const { name, params, vary } = this.source
    const id = JSON.stringify([name, params, vary])
    let lazy = this.#loads.get(id)
    if (!lazy) {
      lazy = new Lazy(() => this.#load())
      this.#loads.set(id, lazy)
    }
    return lazy
  }

  /** Loads outside of the request. The cached functions that it calls count for the fragment. */
  async #load(): Promise<unknown> {
    const { load } = this.#fragment.options
    const { params, vary } = this.source
    const { dependencies } = this.#render.services
    const read = new Dependencies()
    const { run } = dependencies
    try {
      return await this.#apart(() =>
        dependencies.collect(read, () => load?.(params as never, { vary: vary as VaryValues }), run),
      )
    } finally {
      dependencies.noteAll(read)
    }
  }

  /** @throws LazyError */
  #dataOf(loaded: Loaded): object {
    const title = `load() of the fragment "${this.source.name}"`
    if ('error' in loaded) {
      const { cause } = loaded.error
      throw new LazyError(`${title} failed${this.#where}: ${messageOf(cause)}`, { cause })
    }
    const { value } = loaded
    if (isPlainObject(value)) return value
    throw new LazyError(
      `${title} returned ${show(value)}${this.#where}: it must return an object, the data of ${this.#fragment.options.template}.`,
    )
  }

  #renderWith(loaded: object, host: RunHost): MaybePromise<Run> {
    const { engine, check, host: page, services } = this.#render
    const { template } = this.#fragment.options
    const { params, perVisitor, name, vary } = this.source
    const data = { ...vary, ...structuredClone(params), ...loaded }
    const inside = new LeakCheck(template, data, engine, perVisitor ? data : {}, services.options, name)
    check.add(inside)
    const own = new OwnDataHost(host, page, data, `{% fragment "${name}" %}`, inside)
    return this.#apart(() => engine.run(template, data, own))
  }

  #apart<T>(fn: () => T): T {
    return outsideOfRequests(() => this.#render.page.inContext(fn))
  }
}
