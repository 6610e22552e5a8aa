import { CommandError, NO_SUCH_KEY } from '../../command-error.ts'
import { bytesOf } from '../../data/entry.ts'
import { readDouble } from '../../data/numbers.ts'
import { OK, simple } from '../../protocol/reply.ts'
import type { Session } from '../../session.ts'
import type { GroupedDefinition, Handler } from '../command.ts'
import { encodingOf } from '../keys/object.ts'
import { protocolSample } from './protocol-samples.ts'

/** Subcommands of DEBUG, by their names and numbers of arguments. */
const SUBCOMMANDS: Readonly<Record<string, readonly [arguments: number, handler: Handler]>> = {
  'change-repl-id': [0, () => OK],
  error: [1, raise],
  object: [1, object],
  protocol: [1, ({ form }, args) => protocolSample(form, args[2] as string)],
  // Sizes from which Redis stores list items by themselves: they change nothing here.
  'quicklist-packed-threshold': [1, () => OK],
  reload: [0, () => OK],
  'set-active-expire': [1, setActiveExpire],
  sleep: [1, sleep],
}

const debug: Handler = (session, args) => {
  if (!mayDebug(session))
    throw new CommandError(
      'ERR DEBUG command not allowed. If the enable-debug-command option is set to "local", you can run it ' +
        'from a local connection, otherwise you need to set this option when the server is started.',
    )
  const name = args[1] as string
  const lower = name.toLowerCase()
  const [count, handler] = (Object.hasOwn(SUBCOMMANDS, lower) && SUBCOMMANDS[lower]) || []
  if (handler && args.length === (count as number) + 2) return handler(session, args)
  throw new CommandError(
    `ERR unknown subcommand or wrong number of arguments for '${name.slice(0, 128)}'. Try DEBUG HELP.`,
  )
}

function mayDebug({ client, instance }: Session): boolean {
  const allowed = instance.config.get('enable-debug-command')
  return allowed === 'yes' || (allowed === 'local' && /^(127\.|::1|::ffff:127\.)/.test(client.link.address))
}

function raise(_: Session, args: readonly string[]): never {
  throw new CommandError(args[2] as string)
}

function object({ database, instance }: Session, args: readonly string[]): string {
  const key = args[2] as string
  const entry = database.inspect(key)
  if (!entry) throw NO_SUCH_KEY
  const { usedAt } = entry
  const encoding = encodingOf(entry, instance.limits)
  const idle = Math.floor((instance.clock.now - usedAt) / 1_000)
  const lru = Math.floor(usedAt / 1_000) & 0xffffff
  return simple(
    `Value at:0x0 refcount:1 encoding:${encoding} serializedlength:${bytesOf(key, entry)} ` +
      `lru:${lru} lru_seconds_idle:${idle}`,
  )
}

function setActiveExpire({ instance }: Session, args: readonly string[]): string {
  instance.activeExpiry.enabled = args[2] !== '0'
  return OK
}

/** Blocks the server, with all of its clients, and the process that it runs in. */
function sleep(_: Session, args: readonly string[]): string {
  const seconds = readDouble(args[2] as string) ?? 0
  // As in Redis, no time that is more microseconds than fit into 64 bits.
  if (seconds > 0 && seconds < 2 ** 63 / 1e6)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, seconds * 1_000)
  return OK
}

export const debugCommand: GroupedDefinition = {
  name: 'debug',
  arity: -2,
  flags: 'admin noscript loading stale',
  since: '1.0.0',
  summary: 'For tests of clients: SLEEP, OBJECT, ERROR, PROTOCOL, SET-ACTIVE-EXPIRE.',
  handler: debug,
}
