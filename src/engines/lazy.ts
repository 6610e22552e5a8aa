import { LazyError } from '../errors.ts'

let lazies = false

/** Returns true once a lazy value was made that has to be loaded. */
export function hasLazies(): boolean {
  return lazies
}

/**
 * A value that is loaded at most once per page, and only if something that is rendered reads it.
 * Made by {@link lazy}. Its state belongs to the page: two requests that share a lazy value load it
 * once each.
 */
export class Lazy<T> {
  /** @internal */
  readonly load: () => T | Promise<T>

  constructor(load: () => T | Promise<T>) {
    this.load = load
    lazies ||= new.target === Lazy
  }
}

/** The outcome of loading a lazy value: its value, or the error that reading it throws. */
export type Loaded = { readonly value: unknown } | { readonly error: LazyError }

/**
 * Throws where JavaScript, such as a filter, reads a property of a lazy value inside an object: it
 * would get `undefined` and no error.
 */
const refuseReads: ProxyHandler<Lazy<unknown>> = {
  get(target, property, receiver) {
    if (property === 'load' || property === 'constructor') return Reflect.get(target, property, receiver)
    // Read by the language and its tools of any object.
    if (property === 'then' || property === Symbol.toStringTag) return undefined
    throw new LazyError(
      `A lazy value was read by JavaScript (${String(property)}) before it was loaded. ` +
        'Templates load what they name; a filter or a function that looks inside an object does not: ' +
        'pass it the lazy value itself, or load it before.',
    )
  },
}

/**
 * Makes a value that is loaded on demand: `fn` runs at most once per page, and only if something
 * that is rendered reads the value.
 *
 * @example reply.view('home.njk', { films: lazy(() => db.topFilms(24)) })
 * @throws LazyError if `fn` is not a function
 */
export function lazy<T>(fn: () => T | Promise<T>): Lazy<T> {
  if (typeof fn !== 'function') {
    throw new LazyError(
      `The argument of lazy() must be a function that loads the value, such as lazy(() => db.films()), not ${describe(fn)}`,
    )
  }
  return new Proxy(new Lazy(fn), refuseReads as ProxyHandler<Lazy<T>>)
}

function describe(value: unknown): string {
  if (value instanceof Promise) return 'a Promise, which is loading already'
  return value === null ? 'null' : typeof value
}

/** Returns true if a value was made by {@link lazy}. */
export function isLazy(value: unknown): value is Lazy<unknown> {
  return value instanceof Lazy
}

/** Names the method of a function whose calls templates read as lazy values. */
export const AS_LAZY = Symbol('onetrip.asLazy')

/** A function whose calls are lazy values. Calls with the same key are one value. */
interface LazyFunction {
  [AS_LAZY](...args: unknown[]): { readonly key: string; readonly lazy: Lazy<unknown> }
}

/**
 * The calls of cached functions on one page. A call that a later run of a template repeats is the
 * same value.
 */
export class LazyCalls {
  // Made by the first call: most pages have none.
  #lazies: Map<string, Lazy<unknown>> | undefined
  #all: Set<Lazy<unknown>> | undefined

  /**
   * Returns the lazy value of a call.
   *
   * @returns undefined where `fn` is not a cached function: the engine calls it itself
   */
  of(fn: unknown, args: readonly unknown[]): Lazy<unknown> | undefined {
    if (typeof fn !== 'function' || !(AS_LAZY in fn)) return undefined
    const { key, lazy } = (fn as unknown as LazyFunction)[AS_LAZY](...args)
    this.#lazies ??= new Map()
    this.#all ??= new Set()
    const known = this.#lazies.get(key)
    if (known) return known
    this.#lazies.set(key, lazy)
    this.#all.add(lazy)
    return lazy
  }

  /** Returns true if all of these lazy values are such calls. */
  haveAll(lazies: Iterable<Lazy<unknown>>): boolean {
    for (const lazy of lazies) if (!this.#all?.has(lazy)) return false
    return true
  }
}
