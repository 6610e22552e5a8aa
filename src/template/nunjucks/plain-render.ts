import { LazyError, messageOf, UnsettledError } from '../../errors.ts'
import {
  insertInHead,
  isCut,
  type Lazy,
  LazyCalls,
  type Loaded,
  type MaybePromise,
  NO_RULES,
  type RunHost,
} from '../template-engine.ts'
import type { RenderCallback, Template } from './nunjucks.ts'
import { TemplateRun } from './runtime/run.ts'

/** The template reads a lazy value that a lazy value gave, and so on: this deep, and no deeper. */
const MOST_RUNS = 50

/**
 * Renders a template without a page: nothing is cached, each body runs at its place. As in nunjucks, the result
 * is the text where there is no callback, and all on the way must be synchronous then.
 */
export function renderPlain(template: Template, data: object, callback: RenderCallback | undefined): unknown {
  const loads = new Loads(callback !== undefined)
  const head = new Set<string>()
  const host: RunHost = {
    rules: NO_RULES,
    declare: ({ place }) => ({ place, live: false }),
    leave: ({ template }) => ({ place: { id: template }, live: true }),
    addToHead: (parts) => {
      head.add(parts.join(''))
      return { place: { id: 'head' }, live: false }
    },
    textOf: () => undefined,
    loaded: (lazy) => loads.known.get(lazy),
    calls: new LazyCalls(),
  }
  const attempt = (runs: number): MaybePromise<string> => {
    head.clear()
    return next(TemplateRun.ofTemplate(template, data, host, true), (run) => {
      if (!isCut(run)) return insertInHead(run.parts.join(''), [...head].join(''))
      if (runs === MOST_RUNS)
        throw new UnsettledError(
          `${template.path} reads lazy values without end: ${[...run.missing.values()]}`,
        )
      return next(loads.load(run.missing), () => attempt(runs + 1))
    })
  }

  if (!callback) {
    const text = attempt(1)
    // As nunjucks has it for an asynchronous filter where nobody waits.
    return text instanceof Promise ? null : text
  }
  // The callback is called from outside of the promise: what it throws is its caller's.
  new Promise<string>((resolve) => resolve(attempt(1))).then(
    (text) => process.nextTick(callback, null, text),
    (error) => process.nextTick(callback, error),
  )
  return undefined
}

/** The lazy values of one rendering. */
class Loads {
  readonly known = new Map<Lazy<unknown>, Loaded>()
  readonly #mayWait: boolean

  constructor(mayWait: boolean) {
    this.#mayWait = mayWait
  }

  /** Loads in parallel what a run missed. */
  load(missing: ReadonlyMap<Lazy<unknown>, string>): MaybePromise<unknown> {
    const pending = [...missing]
      .map(([lazy, name]) => this.#loadOne(lazy, name))
      .filter((load) => load !== undefined)
    return pending.length > 0 ? Promise.all(pending) : undefined
  }

  #loadOne(lazy: Lazy<unknown>, name: string): Promise<void> | undefined {
    const failed = (cause: unknown) => {
      const why = messageOf(cause)
      this.known.set(lazy, {
        error: new LazyError(`The lazy value "${name}" failed to load: ${why}`, { cause }),
      })
    }
    try {
      const value = lazy.load()
      if (!(value instanceof Promise)) {
        this.known.set(lazy, { value })
        return undefined
      }
      if (this.#mayWait) return value.then((loaded) => void this.known.set(lazy, { value: loaded }), failed)
      value.catch(() => {})
      throw new Error('it is loaded asynchronously, and the template was rendered without a callback')
    } catch (error) {
      failed(error)
      return undefined
    }
  }
}

function next<T, R>(value: MaybePromise<T>, then: (value: T) => MaybePromise<R>): MaybePromise<R> {
  return value instanceof Promise ? value.then(then) : then(value)
}
