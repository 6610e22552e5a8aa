import { Lazy } from './lazy.ts'

/** Objects that were marked. */
const markedObjects = new WeakSet<object>()
let marked = false

/**
 * A string, number or boolean that belongs to one visitor. Templates read the value itself;
 * JavaScript reads `value`.
 */
export class PerVisitorValue<T> extends Lazy<T> {
  /** The value itself. */
  readonly value: T

  constructor(value: T) {
    super(() => value)
    this.value = value
  }

  /** Returns the value, for operators of JavaScript. */
  override valueOf(): object {
    return this.value as object
  }

  /** Returns the value as a string. */
  override toString(): string {
    return String(this.value)
  }

  /** Returns the value, for JSON.stringify. */
  toJSON(): T {
    return this.value
  }
}

/**
 * Marks a value as belonging to one visitor, wherever it stands in a page's data: a fragment that
 * reads it and does not have it in its key is not shared. An object is marked and returned. A
 * string, number or boolean is wrapped, which makes no difference to templates.
 *
 * @example reply.view('post.njk', { post: { ...post, author: perVisitor(post.author) } })
 */
export function perVisitor<T>(value: T): T {
  marked = true
  if (typeof value === 'object' && value !== null) {
    markedObjects.add(value)
    return value
  }
  return new PerVisitorValue(value) as unknown as T
}

/** Returns true once anything was marked by {@link perVisitor}. */
export function hasMarks(): boolean {
  return marked
}

/** Returns true if a value was marked by {@link perVisitor}. */
export function isPerVisitorValue(value: object): boolean {
  return marked && (markedObjects.has(value) || value instanceof PerVisitorValue)
}
