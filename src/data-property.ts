/**
 * Returns the value of an own data property. A getter is not called, since it may load something,
 * or return another value the next time.
 */
export function dataProperty(object: object, name: string): unknown {
  return Object.getOwnPropertyDescriptor(object, name)?.value
}
