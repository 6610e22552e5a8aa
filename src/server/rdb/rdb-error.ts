/** Bytes that are no value: damaged, or of a format that is not read. */
export class RdbError extends Error {
  override readonly name = 'RdbError'

  constructor() {
    super('Bad data format')
  }
}
