import { SYNTAX_ERROR } from '../../command-error.ts'
import type { End } from './list.ts'

/**
 * Reads LEFT or RIGHT.
 *
 * @throws CommandError
 */
export function endArgument(text: string): End {
  switch (text.toLowerCase()) {
    case 'left':
      return 'left'
    case 'right':
      return 'right'
    default:
      throw SYNTAX_ERROR
  }
}

/** Keyspace notifications of what is done at an end. */
export const PUSH_EVENTS = { left: 'lpush', right: 'rpush' } as const
export const POP_EVENTS = { left: 'lpop', right: 'rpop' } as const
