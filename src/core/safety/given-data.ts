import { isPerVisitorValue, perVisitor } from '../../engines/per-visitor.ts'

/** Limit of properties or items of an object that is kept: larger ones are catalogs and tables. */
const MOST_KEPT = 200

/** Objects over that limit. */
const large = new WeakSet<object>()

/**
 * An object or an array of a page's data, and its properties. A class, and lists without a literal:
 * see `Values#addHole`.
 */
class Given {
  readonly name: string
  readonly object: object
  readonly keys: readonly string[]
  readonly values: readonly unknown[]

  constructor(name: string, object: object, keys: readonly string[], values: readonly unknown[]) {
    this.name = name
    this.object = object
    this.keys = keys
    this.values = values
  }
}

const NO_KEYS: readonly string[] = []
const NOTHING_GIVEN: readonly Given[] = []

/**
 * A page's data as its caller has given it. The bodies of fragments run later than in nunjucks, and
 * a caller may change the objects meanwhile: `Object.assign(user, next)`. Plain objects and arrays
 * that stand in the data itself are kept as they were; deeper ones are not.
 */
export class GivenData {
  /** The data that templates run with. */
  data: Readonly<Record<string, unknown>>
  #given: readonly Given[] = NOTHING_GIVEN
  #released = false

  constructor(data: object) {
    this.data = { ...data }
  }

  /** Keeps the properties that the objects have now, unless it was released. */
  keep(): void {
    if (this.#released) return
    const given: Given[] = Array.of()
    for (const name of Object.keys(this.data)) {
      const value = this.data[name]
      if (typeof value !== 'object' || value === null || large.has(value)) continue
      try {
        const one = Array.isArray(value) ? givenArray(name, value) : givenObject(name, value)
        if (one) given.push(one)
      } catch {
        // A Proxy may refuse: its changes cannot be seen.
      }
    }
    this.#given = given
  }

  /** Returns true if an object has changed since. */
  get hasChanged(): boolean {
    return this.#given.some(isChanged)
  }

  /** Drops what was kept: later changes may be those of the page's own templates. */
  release(): void {
    this.#released = true
    this.#given = NOTHING_GIVEN
  }

  /**
   * Runs loaders, which may change the data: their changes stay. Changes of the caller, which goes
   * on before the first loader waits, are undone.
   */
  async whileLoading(load: () => Promise<void>): Promise<void> {
    const restoring = Promise.resolve().then(() => this.restore())
    const loading = load()
    this.keep()
    await restoring
    await loading
    this.keep()
  }

  /** Replaces objects that have changed by copies as they were. @returns true if there are any */
  restore(): boolean {
    const changed = this.#given.filter(isChanged)
    if (changed.length === 0) return false
    this.data = this.#withCopies(changed)
    this.#given = this.#given.filter((given) => !changed.includes(given))
    return true
  }

  /** Returns the data with copies of all objects that are kept. */
  copy(): object {
    return this.#withCopies(this.#given)
  }

  #withCopies(given: readonly Given[]): Readonly<Record<string, unknown>> {
    return { ...this.data, ...Object.fromEntries(given.map((one) => [one.name, copyOf(one)])) }
  }
}

function givenArray(name: string, array: readonly unknown[]): Given | undefined {
  if (array.length <= MOST_KEPT) return new Given(name, array, NO_KEYS, array.slice())
  large.add(array)
  return undefined
}

/** Returns a plain object without getters: a getter may return another value each time. */
function givenObject(name: string, object: object): Given | undefined {
  const prototype = Object.getPrototypeOf(object)
  if (prototype !== Object.prototype && prototype !== null) return undefined
  const keys = Object.keys(object)
  if (keys.length > MOST_KEPT) {
    large.add(object)
    return undefined
  }
  const values: unknown[] = Array.of()
  for (const key of keys) {
    const property = Object.getOwnPropertyDescriptor(object, key)
    if (!property || property.get) return undefined
    values.push(property.value)
  }
  return new Given(name, object, keys, values)
}

function isChanged({ object, keys, values }: Given): boolean {
  if (Array.isArray(object))
    return object.length !== values.length || !values.every((value, n) => Object.is(value, object[n]))
  const now = Object.keys(object)
  return (
    now.length !== keys.length ||
    keys.some((key, n) => key !== now[n] || !Object.is(values[n], (object as Record<string, unknown>)[key]))
  )
}

/** Copies an object. The copy belongs to the same visitor. */
function copyOf(given: Given): object {
  const copy = Array.isArray(given.object) ? given.values.slice() : copyOfObject(given)
  return isPerVisitorValue(given.object) ? perVisitor(copy) : copy
}

function copyOfObject({ object, keys, values }: Given): object {
  const copy: Record<string, unknown> = Object.create(Object.getPrototypeOf(object))
  keys.forEach((key, n) => {
    copy[key] = values[n]
  })
  return copy
}
