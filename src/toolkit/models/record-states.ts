/** Facts about a record object beside its fields. */
export interface RecordState {
  /** Key of the model: another model of the same name has the same. */
  readonly model: string
  /** Stored form of the primary key. */
  readonly id: string
  /** Version of the record when it was read or written. */
  readonly version: string
}

const states = new WeakMap<object, RecordState>()

/**
 * Remembers the version of a record object. It is not in the object, so that the object has the
 * fields only, may be frozen, and a copy of it cannot be taken for what was loaded.
 */
export function remember(record: object, state: RecordState): void {
  states.set(record, state)
}

export function stateOf(record: object): RecordState | undefined {
  return states.get(record)
}
