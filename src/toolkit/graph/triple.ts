/** A fact: a subject, a predicate and an object. */
export interface Triple<Value> {
  readonly subject: Value
  readonly predicate: Value
  readonly object: Value
}
