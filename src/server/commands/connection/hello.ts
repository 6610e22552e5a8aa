import { CommandError } from '../../command-error.ts'
import { readInteger64 } from '../../data/numbers.ts'
import { bulk, EMPTY_ARRAY, integer } from '../../protocol/reply.ts'
import { RESP2, RESP3 } from '../../protocol/reply-form.ts'
import { REDIS_VERSION } from '../../redis-version.ts'
import type { Session } from '../../session.ts'
import type { Handler } from '../command.ts'
import { authenticate } from './auth.ts'
import { setName } from './client-name.ts'

const NO_VERSION = new CommandError('ERR Protocol version is not an integer or out of range')
const UNKNOWN_VERSION = new CommandError('NOPROTO unsupported protocol version')
const NOT_AUTHENTICATED = new CommandError(
  'NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass>' +
    ' option can be used to authenticate the client and select the RESP protocol version at the same time',
)

export const hello: Handler = (session, args) => {
  const { client } = session
  const version = args.length > 1 ? readVersion(args[1] as string) : undefined
  applyOptions(session, args)
  if (!client.authenticated) throw NOT_AUTHENTICATED
  if (version !== undefined) client.form = version === 3 ? RESP3 : RESP2
  const { form } = client
  return (
    form.mapHeader(7) +
    bulk('server') +
    bulk('redis') +
    bulk('version') +
    bulk(REDIS_VERSION) +
    bulk('proto') +
    integer(form.version) +
    bulk('id') +
    integer(client.id) +
    bulk('mode') +
    bulk('standalone') +
    bulk('role') +
    bulk('master') +
    bulk('modules') +
    EMPTY_ARRAY
  )
}

function readVersion(text: string): number {
  const version = readInteger64(text)
  if (version === undefined) throw NO_VERSION
  if (version < 2n || version > 3n) throw UNKNOWN_VERSION
  return Number(version)
}

function applyOptions(session: Session, args: readonly string[]): void {
  for (let n = 2; n < args.length; n++) {
    const option = args[n] as string
    const name = option.toLowerCase()
    const more = args.length - 1 - n
    if (name === 'auth' && more >= 2) {
      authenticate(session, args[n + 1] as string, args[n + 2] as string)
      n += 2
    } else if (name === 'setname' && more >= 1) {
      setName(session.client, args[n + 1] as string)
      n++
    } else throw new CommandError(`ERR Syntax error in HELLO option '${option}'`)
  }
}
