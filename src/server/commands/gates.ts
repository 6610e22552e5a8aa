import { NO_MEMORY } from '../command-error.ts'
import type { Instance } from '../instance.ts'
import { error, NO_REPLY, QUEUED } from '../protocol/reply.ts'
import type { Session } from '../session.ts'
import type { TableCommand } from './command-info.ts'
import type { Gate } from './dispatcher.ts'
import { declaredFlags } from './scripting/declared-flags.ts'

/** Refuses all but AUTH and HELLO until the client has given the password. */
const authentication: Gate = ({ client, instance }, command) =>
  client.authenticated || command.flagSet.has('no_auth') || instance.config.get('requirepass') === ''
    ? undefined
    : error('NOAUTH Authentication required.')

/** Refuses what cannot be queued. */
const noTransaction: Gate = ({ client }, command) =>
  client.inTransaction && command.flagSet.has('no_multi')
    ? error('ERR Command not allowed inside a transaction')
    : undefined

const OUT_OF_MEMORY = error(NO_MEMORY.message)

/** Makes room by eviction. Without room it refuses what may need more. */
const memory: Gate = ({ client, instance }, command, args) => {
  const hasRoom = instance.eviction.makeRoom()
  // Client tracking tells of evicted keys before the reply, which may be of a new value.
  client.releasePushes()
  if (hasRoom) return undefined
  const { name } = command
  const transaction = instance.transactions.of(client)
  const mayGrow = (one: TableCommand, its: readonly string[]) => mayNeedMemory(instance, one, its)
  if (mayGrow(command, args)) return OUT_OF_MEMORY
  if (!transaction) return undefined
  if (name === 'exec') return transaction.some(mayGrow) ? OUT_OF_MEMORY : undefined
  // The queue itself takes memory.
  return ['discard', 'quit', 'reset'].includes(name) ? undefined : OUT_OF_MEMORY
}

function mayNeedMemory(instance: Instance, command: TableCommand, args: readonly string[]): boolean {
  if (command.flagSet.has('denyoom')) return true
  const flags = declaredFlags(instance, command, args)
  return flags !== undefined && !flags.has('allow-oom') && !flags.has('no-writes')
}

const IN_PUBSUB_MODE: ReadonlySet<string> = new Set([
  'ping',
  'psubscribe',
  'punsubscribe',
  'quit',
  'reset',
  'ssubscribe',
  'subscribe',
  'sunsubscribe',
  'unsubscribe',
])

/**
 * Lets a client with subscriptions only change these, in RESP2: it could not tell replies from
 * messages.
 */
const pubsubMode: Gate = ({ client }, { fullName }) =>
  client.subscriptions === 0 || client.form.version === 3 || IN_PUBSUB_MODE.has(fullName)
    ? undefined
    : error(
        `ERR Can't execute '${fullName}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET` +
          ' are allowed in this context',
      )

/** Commands without the flag `write` whose effects are those of a write. */
const LIKE_WRITES: ReadonlySet<string> = new Set([
  'eval',
  'evalsha',
  'fcall',
  'pfcount',
  'publish',
  'spublish',
])

function writes(instance: Instance, command: TableCommand, args: readonly string[]): boolean {
  const flags = declaredFlags(instance, command, args)
  if (flags) return !flags.has('no-writes')
  return command.flagSet.has('write') || LIKE_WRITES.has(command.fullName)
}

/** Refuses all but what ends it while a script keeps the server busy. */
const busyScript: Gate = ({ instance }, command) =>
  command.flagSet.has('allow_busy') ? undefined : instance.busyScript.refusal

const monitor: Gate = ({ client, instance }, command, args) =>
  instance.monitors.has(client) && (command.flagSet.has('readonly') || writes(instance, command, args))
    ? error("ERR Replica can't interact with the keyspace")
    : undefined

/** Holds back what CLIENT PAUSE says: it is sent through the gates again afterwards. */
const pause: Gate = ({ client, instance }, command, args) => {
  const { kind } = instance.pause
  if (kind === undefined || instance.monitors.has(client)) return undefined
  const isWrite = (one: TableCommand, its: readonly string[]) => writes(instance, one, its)
  const isPaused =
    kind === 'all' ||
    isWrite(command, args) ||
    (command.name === 'exec' && instance.transactions.of(client)?.some(isWrite) === true)
  if (!isPaused) return undefined
  instance.pause.requests.add(client, args)
  return NO_REPLY
}

/**
 * Loads the engine of scripts when it is needed first, which takes longer than the start of a
 * server. What needs it waits meanwhile; in a transaction, before it is queued.
 */
const scriptEngine: Gate = ({ client, instance }, { group }, args) => {
  const { scripts, waitingForScripts } = instance
  if (group !== 'scripting' || scripts.isReady) return undefined
  waitingForScripts.add(client, args)
  void scripts.load().then(() => instance.receive('the engine of scripts', () => waitingForScripts.run()))
  return NO_REPLY
}

const RUN_AT_ONCE: ReadonlySet<string> = new Set(['discard', 'exec', 'multi', 'quit', 'reset', 'watch'])

/** Queues the requests between MULTI and EXEC. */
const transaction: Gate = ({ client, instance }, command, args) => {
  if (!client.inTransaction || RUN_AT_ONCE.has(command.fullName)) return undefined
  // Other than in Redis, the queue has the limit of a request that is not complete.
  if (instance.transactions.queue(client, command, args) > instance.bufferLimits.query) client.kill()
  return QUEUED
}

/** In the order of Redis, which has no engine to load. */
const GATES: readonly Gate[] = [
  authentication,
  noTransaction,
  memory,
  pubsubMode,
  busyScript,
  monitor,
  pause,
  scriptEngine,
  transaction,
]

/**
 * Returns true if each of the gates lets a request pass, without a call of any: the state that they
 * look at is that of most servers and clients.
 */
function passesAll({ client, instance }: Session, command: TableCommand): boolean {
  return (
    client.authenticated &&
    client.queued < 0 &&
    client.subscriptions === 0 &&
    instance.eviction.isUnlimited &&
    instance.monitors.size === 0 &&
    instance.pause.kind === undefined &&
    instance.busyScript.current === undefined &&
    (command.group !== 'scripting' || instance.scripts.isReady)
  )
}

/** Sends a request through all gates: the first that refuses it answers. */
export const gates: Gate = (session, command, args) => {
  if (passesAll(session, command)) return undefined
  for (const gate of GATES) {
    const refusal = gate(session, command, args)
    if (refusal !== undefined) return refusal
  }
  return undefined
}
