/** Returns how an error message shows a value that was given. */
export function show(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`
  if (typeof value === 'function')
    return value.name === '' ? 'a function' : `the function ${value.name} itself`
  if (typeof value !== 'object' || value === null) return String(value)
  if (Array.isArray(value)) return 'an array'
  if (value instanceof Promise) return 'a Promise: await it'
  if (!isPlainObject(value)) return `an instance of ${value.constructor?.name ?? 'a class'}`
  const names = Object.keys(value)
  return names.length === 0 ? 'an empty object' : `an object with ${names.join(', ')}`
}

/** Returns true for an object literal, also one of another realm. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
