import assert from 'node:assert/strict'
import type { FragmentEvent } from '../../core/events.ts'
import type { FragmentReport } from '../../core/fragment/fragment-report.ts'
import { FragmentCache } from '../../core/fragment-cache.ts'
import type { FragmentCacheOptions } from '../../core/options/cache-options.ts'
import type { TemplateEngine } from '../../engines/template-engine.ts'
import { memoryStore } from '../../stores/memory/index.ts'
import type { Store } from '../../stores/store.ts'

/** A cache tag as the suite needs it. Parts and `when` are expressions of the engine's syntax. */
export interface ConformanceTag {
  /** Name of the fragment. */
  readonly name: string
  /** Parts of its key: expressions. */
  readonly parts: readonly string[]
  /**
   * Its `ttl=`.
   * @defaultValue none
   */
  readonly ttl?: string
  /**
   * Its `tags=`.
   * @defaultValue none
   */
  readonly tags?: readonly string[]
  /**
   * Its `vary=`.
   * @defaultValue none
   */
  readonly vary?: readonly string[]
  /**
   * The condition of its `if=`: an expression.
   * @defaultValue none
   */
  readonly when?: string
}

/**
 * Writes templates in the syntax of an engine. Each function returns source text. Those that are
 * optional stand for features that an engine may lack: the suite leaves out what needs them.
 */
export interface EngineSyntax {
  /**
   * An expression for a value of the page's data, by its path: `film.title`.
   *
   * @defaultValue the path itself
   */
  readonly data?: (path: string) => string
  /** Prints the value of an expression, escaped for HTML. */
  readonly print: (expression: string) => string
  /**
   * Repeats a body for each item of a list. In the body, `item` and `item.title` are expressions.
   */
  readonly each: (item: string, list: string, body: string) => string
  /** Puts another template here, which sees the page's data. */
  readonly include: (template: string) => string
  /** Caches a body as a fragment. */
  readonly cache: (tag: ConformanceTag, body: string) => string
  /**
   * Puts a template here for each request, with values by name: expressions that are evaluated at
   * the tag.
   * @defaultValue none: the engine has no such tag
   */
  readonly nocache?: (template: string, values: Readonly<Record<string, string>>) => string
  /**
   * Adds a body to the head of the HTML document.
   * @defaultValue none: the engine has no such tag
   */
  readonly htmlHead?: (body: string) => string
  /**
   * Prints the text of a body in upper case, so that the text of fragments in it is used.
   * @defaultValue none: the engine cannot do that
   */
  readonly upperCase?: (body: string) => string
  /**
   * Prints an expression after something asynchronous. Needed directly in the body of a cache tag
   * alone.
   * @defaultValue none: the engine cannot do that
   */
  readonly wait?: (expression: string) => string
  /**
   * Returns an expression that calls a function of the data, by its path, with expressions as
   * arguments.
   * @defaultValue none: the engine cannot do that
   */
  readonly call?: (path: string, args: readonly string[]) => string
}

/** A feature that an engine may lack. */
export type EngineFeature = 'nocache' | 'htmlHead' | 'upperCase' | 'wait' | 'call'

/** A check of the suite. */
export interface EngineCase {
  readonly title: string
  /** The check is left out for an engine that lacks one of these. */
  readonly needs?: readonly EngineFeature[]
  readonly run: (test: EngineTest) => Promise<void>
}

export interface EngineTest {
  readonly syntax: Required<EngineSyntax>
  readonly create: (templates: Readonly<Record<string, string>>) => Promise<TemplateEngine>
  /** Opens a cache over templates. Stores are shared by caches that are given the same one. */
  readonly open: (
    templates: Readonly<Record<string, string>>,
    options?: Partial<FragmentCacheOptions>,
  ) => Promise<ConformanceSite>
}

/** Times that no check waits for, on however slow a machine, and no random ends. */
const FIXED = {
  ttl: '1h',
  timeout: '60s',
  entries: { jitter: 0, beta: 0 },
  singleFlight: { wait: '60s', lockTtl: '60s' },
  limits: { maxRender: '60s' },
} as const

/** A cache over one engine, with all that it reports. */
export class ConformanceSite {
  readonly cache: FragmentCache
  readonly store: Store
  readonly events: FragmentEvent[] = []

  constructor(engine: TemplateEngine, options: Partial<FragmentCacheOptions>) {
    this.store = options.store ?? memoryStore()
    const fixed = { ...FIXED, engine, store: this.store, safety: 'uncached' } as const
    this.cache = new FragmentCache({ ...fixed, ...options })
    this.cache.on((event) => this.events.push(event))
  }

  /** Renders the template `page`, stores what it missed, and returns its HTML. */
  async html(data: object = {}): Promise<string> {
    return (await this.page(data)).html
  }

  /** The same, with what became of each fragment: `film miss`, in the order of the page. */
  async page(
    data: object = {},
    request?: unknown,
  ): Promise<{ html: string; states: string[]; fragments: readonly FragmentReport[] }> {
    const page = this.cache.open({ request })
    const { body, fragments } = await page.render('page', data)
    await page.writeBack()
    await this.cache.settled()
    return {
      html: body.toString(),
      states: fragments.map(({ name, state }) => `${name} ${state}`),
      fragments,
    }
  }

  /**
   * Renders twice, and compares both pages with one text: the first with misses, the second with
   * hits.
   */
  async coldAndWarm(data: () => object, expected: string): Promise<void> {
    assert.equal(await this.html(data()), expected, 'the page of misses')
    const { html, states } = await this.page(data())
    assert.equal(html, expected, 'the page of hits')
    assert.deepEqual(
      states.filter((state) => !state.endsWith(' hit')),
      [],
      'all fragments are hits',
    )
  }

  /** Renders a page that is to fail. */
  async failure(data: object): Promise<Error> {
    try {
      await this.html(data)
    } catch (error) {
      assert.ok(error instanceof Error, `${String(error)} is not an Error`)
      return error
    }
    assert.fail('the page did not fail')
  }
}

/** A function that counts its calls. */
export function counted<T>(value: T): { (): T; calls: number } {
  const load = () => {
    load.calls++
    return value
  }
  load.calls = 0
  return load
}
