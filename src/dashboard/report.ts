import { messageOf } from '../errors.ts'

/** Is given what went wrong. Visitors are told nothing. */
export type Report = (message: string, error: unknown) => void

/** Reports by a warning of the process. */
export const warn: Report = (message, error) => {
  const text = error === undefined ? message : `${message} ${messageOf(error)}`
  process.emitWarning(text, { type: 'OnetripWarning', code: 'ONETRIP_DASHBOARD' })
}
