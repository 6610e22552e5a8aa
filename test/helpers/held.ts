/** A function whose calls end when the test says so, all with the same. */
export interface Held<T> {
  readonly call: () => Promise<T>
  /** Resolves at its first call. */
  readonly called: Promise<void>
  readonly release: (value: T) => void
  readonly fail: (error: Error) => void
}

export function held<T>(): Held<T> {
  let note = () => {}
  let release: Held<T>['release'] = () => {}
  let fail: Held<T>['fail'] = () => {}
  const called = new Promise<void>((resolve) => {
    note = resolve
  })
  const result = new Promise<T>((resolve, reject) => {
    release = resolve
    fail = reject
  })
  // Perhaps nobody calls it.
  result.catch(() => {})
  const call = () => {
    note()
    return result
  }
  return { call, called, release, fail }
}
