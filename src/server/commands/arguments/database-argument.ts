import { CommandError, NOT_AN_INTEGER } from '../../command-error.ts'
import type { Database } from '../../data/database.ts'
import { readInteger64 } from '../../data/numbers.ts'
import type { Session } from '../../session.ts'

const MIN = -(2n ** 31n)
const MAX = 2n ** 31n - 1n
const NOT_AN_INT = new CommandError(`ERR value is out of range, value must between ${MIN} and ${MAX}`)
const NO_DATABASE = new CommandError('ERR DB index is out of range')

/**
 * Reads an integer of 32 bits.
 *
 * @param message of the error, where the command has one of its own
 * @throws CommandError
 */
export function intArgument(text: string, message?: CommandError): number {
  const value = readInteger64(text)
  if (value === undefined) throw message ?? NOT_AN_INTEGER
  if (value < MIN || value > MAX) throw message ?? NOT_AN_INT
  return Number(value)
}

/**
 * Returns the database of an index.
 *
 * @throws CommandError
 */
export function databaseAt({ instance }: Session, index: number): Database {
  const database = instance.databases[index]
  if (database === undefined) throw NO_DATABASE
  return database
}
