import { CommandError } from '../../command-error.ts'
import type { EncodingLimits } from '../../config/encoding-limits.ts'
import type { Entry, Value } from '../../data/entry.ts'
import { readInteger, readInteger64 } from '../../data/numbers.ts'
import { bulk, integer } from '../../protocol/reply.ts'
import type { Session } from '../../session.ts'
import type { Handler } from '../command.ts'
import { helpReply } from '../help-reply.ts'

const NOTE =
  'Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.'
const IDLE_TIME_UNKNOWN = new CommandError(
  `ERR An LFU maxmemory policy is selected, idle time not tracked. ${NOTE}`,
)
const FREQUENCY_UNKNOWN = new CommandError(
  `ERR An LFU maxmemory policy is not selected, access frequency not tracked. ${NOTE}`,
)

/** Longest string that Redis stores with its object, in bytes. */
const MAX_EMBEDDED = 44
/** Redis shares the objects of the integers below it, and counts no references to them. */
const SHARED_INTEGERS = 10_000
const SHARED = 2_147_483_647

export const encoding: Handler = objectCommand(({ instance }, entry) =>
  bulk(encodingOf(entry, instance.limits)),
)

export const frequency: Handler = objectCommand(({ instance }, entry) => {
  if (!instance.frequency.enabled) throw FREQUENCY_UNKNOWN
  return integer(instance.frequency.of(entry, instance.clock.now))
})

export const idleTime: Handler = objectCommand(({ instance }, { usedAt }) => {
  if (instance.frequency.enabled) throw IDLE_TIME_UNKNOWN
  return integer(Math.floor((instance.clock.now - usedAt) / 1_000))
})

export const referenceCount: Handler = objectCommand((_session, { value, edited }) =>
  integer(isSharedInteger(value) && !edited ? SHARED : 1),
)

function objectCommand(answer: (session: Session, entry: Entry) => string): Handler {
  return (session, args) => {
    const key = args[2] as string
    const entry = session.database.peek(key)
    const { stats } = session.instance
    // A key that is absent is counted as a miss, and not notified as one.
    if (entry === undefined) stats.keyspaceMisses++
    else stats.keyspaceHits++
    return entry === undefined ? session.form.nil : answer(session, entry)
  }
}

/** Returns the name of how Redis would store a value. */
export function encodingOf({ value, edited }: Entry, limits: EncodingLimits): string {
  if (typeof value !== 'string') return value.encoding(limits)
  return edited ? 'raw' : stringEncoding(value)
}

function stringEncoding(value: string): 'int' | 'embstr' | 'raw' {
  if (value.length <= 20 && readInteger64(value) !== undefined) return 'int'
  return value.length <= MAX_EMBEDDED ? 'embstr' : 'raw'
}

function isSharedInteger(value: Value): boolean {
  const number = typeof value === 'string' ? readInteger(value) : undefined
  return number !== undefined && number >= 0 && number < SHARED_INTEGERS
}

export const help: Handler = () =>
  helpReply('OBJECT', [
    'ENCODING <key>',
    '    Return the kind of internal representation used in order to store the value',
    '    associated with a <key>.',
    'FREQ <key>',
    '    Return the access frequency index of the <key>. The returned integer is',
    '    proportional to the logarithm of the recent access frequency of the key.',
    'IDLETIME <key>',
    '    Return the idle time of the <key>, that is the approximated number of',
    '    seconds elapsed since the last access to the key.',
    'REFCOUNT <key>',
    '    Return the number of references of the value associated with the specified',
    '    <key>.',
  ])
