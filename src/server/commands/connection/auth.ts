import { CommandError, SYNTAX_ERROR } from '../../command-error.ts'
import { OK } from '../../protocol/reply.ts'
import type { Session } from '../../session.ts'
import type { Handler } from '../command.ts'

const WRONG_PASSWORD = new CommandError('WRONGPASS invalid username-password pair or user is disabled.')
const NO_PASSWORD = new CommandError(
  'ERR AUTH <password> called without any password configured for the default user.' +
    ' Are you sure your configuration is correct?',
)

/**
 * Lets a client in. There is one user: `default`.
 *
 * @throws CommandError
 */
export function authenticate({ client, instance }: Session, user: string, password: string): void {
  const expected = instance.config.get('requirepass')
  if (user !== 'default' || (expected !== '' && password !== expected)) throw WRONG_PASSWORD
  client.authenticated = true
}

export const auth: Handler = (session, args) => {
  if (args.length > 3) throw SYNTAX_ERROR
  const [, first = '', second] = args
  if (second === undefined) {
    if (session.instance.config.get('requirepass') === '') throw NO_PASSWORD
    authenticate(session, 'default', first)
  } else authenticate(session, first, second)
  return OK
}
