import { CommandError } from '../../command-error.ts'

/** Error of commands whose number of keys is not a positive integer. */
export const NO_KEYS = new CommandError('ERR numkeys should be greater than 0')
