import fc from 'fast-check'

type Command = fc.Arbitrary<string[]>

const some = (...values: readonly string[]) => fc.constantFrom(...values)
/** The arguments of several parts, one after another. */
const join = (...parts: readonly (string | fc.Arbitrary<string | readonly string[]>)[]): Command =>
  fc
    .tuple(...parts.map((part) => (typeof part === 'string' ? fc.constant(part) : part)))
    .map((all) => all.flat())
const maybe = (...parts: readonly (string | fc.Arbitrary<string | readonly string[]>)[]): Command =>
  fc.oneof({ weight: 3, arbitrary: fc.constant<string[]>([]) }, join(...parts))
const several = (one: fc.Arbitrary<string>, maxLength = 3) => fc.array(one, { minLength: 1, maxLength })

const key = some('a', 'a', 'a', 'b', 'absent', 'string')
const group = some('g', 'g', 'h', 'absent')
const consumer = some('c', 'd', 'bb', '')
const text = some(
  'f',
  'v',
  '1',
  '-5',
  '70000',
  'a text',
  'x'.repeat(70),
  '9223372036854775807',
  '007',
  '',
  '\xff\r\n',
)
const small = fc.nat(40).map(String)
const large = some(
  '0',
  '1',
  '9007199254740991',
  '9007199254740992',
  '9007199254740993',
  '9223372036854775808',
  '18446744073709551614',
  '18446744073709551615',
)
const odd = some(
  'x',
  '',
  '-1',
  '1-',
  '-',
  '+',
  '$',
  '>',
  '1-2-3',
  '01-1',
  '+1-1',
  '1--01',
  '99999999999999999999',
)
const integers = some('0', '1', '2', '3', '10', '-1', 'x', '9223372036854775807')

/** Ids of a few values, so that they meet; beyond 2^53 if `beyond`. */
function ids(beyond: boolean) {
  const word = beyond ? large : small
  const seq = beyond ? large : fc.nat(2).map(String)
  return fc.oneof(
    { weight: 10, arbitrary: fc.tuple(word, seq).map((id) => id.join('-')) },
    { weight: 4, arbitrary: word },
    { weight: 1, arbitrary: odd },
  )
}

/** Commands of streams, of which many do something and some are wrong. */
export function streamCommands(beyond: boolean): fc.Arbitrary<string[]> {
  const id = ids(beyond)
  const bound = fc.oneof(
    some('-', '+'),
    id,
    id.map((text) => `(${text}`),
  )
  const count = maybe('COUNT', integers)
  const threshold = fc.oneof(
    join('MAXLEN', some('=', '~'), fc.nat(12).map(String)),
    join('MINID', some('=', '~'), id),
  )
  const trim = join(threshold, maybe('LIMIT', integers))
  const newId = fc.oneof(
    { weight: 4, arbitrary: id },
    (beyond ? large : small).map((ms) => `${ms}-*`),
  )
  const pairs = fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 2 }).map((all) => all.flat())
  const streams = (one: fc.Arbitrary<string>) =>
    fc
      .array(fc.tuple(key, one), { minLength: 1, maxLength: 2 })
      .map((all) => ['STREAMS', ...all.map(([key]) => key), ...all.map(([, id]) => id)])
  const idle = some('0', '0', '0', '1000000', '-1', 'x')
  const commands: readonly (readonly [weight: number, command: Command])[] = [
    [30, join('XADD', key, maybe('nomkstream'), maybe(trim), newId, pairs)],
    [4, join('XRANGE', key, bound, bound, count)],
    [4, join('XREVRANGE', key, bound, bound, count)],
    [2, join('XLEN', key)],
    [5, join('XDEL', key, several(id))],
    [4, join('XTRIM', key, trim)],
    [2, join('XSETID', key, id, maybe('ENTRIESADDED', integers), maybe('MAXDELETEDID', id))],
    [4, join('XREAD', count, streams(fc.oneof(id, some('$'))))],
    [
      14,
      join('XREADGROUP', 'GROUP', group, consumer, count, maybe('NOACK'), streams(fc.oneof(some('>'), id))),
    ],
    [6, join('XACK', key, group, several(id))],
    [3, join('XPENDING', key, group)],
    [4, join('XPENDING', key, group, maybe('IDLE', idle), bound, bound, integers, maybe(consumer))],
    [
      6,
      join(
        join('XCLAIM', key, group, consumer, idle, several(id)),
        maybe(some('IDLE', 'TIME', 'RETRYCOUNT'), some('3', '2000000', '-2', '9223372036854775807')),
        maybe('FORCE'),
        maybe('JUSTID'),
        maybe('LASTID', id),
      ),
    ],
    [5, join('XAUTOCLAIM', key, group, consumer, idle, bound, count, maybe('JUSTID'))],
    [
      8,
      join(
        'XGROUP',
        'CREATE',
        key,
        group,
        fc.oneof(some('$', '0'), id),
        maybe('MKSTREAM'),
        maybe('ENTRIESREAD', integers),
      ),
    ],
    [
      2,
      join('XGROUP', 'SETID', key, group, fc.oneof(some('$', '-', '+'), id), maybe('ENTRIESREAD', integers)),
    ],
    [1, join('XGROUP', 'DESTROY', key, group)],
    [1, join('XGROUP', some('CREATECONSUMER', 'DELCONSUMER'), key, group, consumer)],
    [3, join('XINFO', 'STREAM', key, maybe('FULL', count))],
    [2, join('XINFO', 'GROUPS', key)],
    [2, join('XINFO', 'CONSUMERS', key, group)],
    [1, join('COPY', some('a'), some('b'), 'REPLACE')],
    [1, join('DEL', key)],
  ]
  return fc.oneof(...commands.map(([weight, arbitrary]) => ({ weight, arbitrary })))
}

/** Returns a reply without times: how long an entry is pending, when a consumer was seen. */
export function withoutTimes(command: readonly string[], reply: string): string {
  // Redis answers either when the sequence numbers of a millisecond are used up, by an errno that
  // it does not set.
  if (command[0] === 'XADD')
    return reply.replace(
      'Elements are too large to be stored',
      'The ID specified in XADD is equal or smaller than the target stream top item',
    )
  if (command[0] === 'XPENDING')
    return reply.replace(/(\*4\r\n\$\d+\r\n\d+-\d+\r\n\$\d+\r\n[^\r]*\r\n):\d+/g, '$1:idle')
  if (command[0] === 'XINFO')
    return reply.replace(/:\d{13}\r\n/g, ':time\r\n').replace(/(\r\nidle\r\n):\d+/g, '$1:idle')
  return reply
}
