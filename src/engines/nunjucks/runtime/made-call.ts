import { type Given, type GivenChange, UNCHANGED } from './given.ts'

/** A call of code of the application. */
export class Call {
  /** The function, or the object whose method is called. */
  readonly target: unknown
  readonly callee: unknown
  readonly args: readonly unknown[]
  readonly given: readonly Given[]
  /** Values that templates had changed by then, which its arguments may hold at any depth. */
  readonly changedBefore: ReadonlyMap<object, Given> | undefined
  /** Result of the call; the error, where it {@link failed}. */
  value: unknown
  failed = false
  changes: readonly GivenChange[] = UNCHANGED
  /** The last run that it was made or repeated in. */
  run = 0

  constructor(
    target: unknown,
    callee: unknown,
    args: readonly unknown[],
    given: readonly Given[],
    changedBefore: ReadonlyMap<object, Given> | undefined,
  ) {
    this.target = target
    this.callee = callee
    this.args = args
    this.given = given
    this.changedBefore = changedBefore
  }

  /** Returns the contents of a list or an object at the call; undefined if they are unchanged. */
  foundIn(value: object): Given | undefined {
    return this.given.find((given) => given.value === value) ?? this.changedBefore?.get(value)
  }

  returned(value: unknown): void {
    this.value = value
  }

  threw(error: unknown): void {
    this.value = error
    this.failed = true
  }
}
