import fc from 'fast-check'
import { ConsumerGroup, Stream, type StreamMessage } from 'onetrip/streams'
import { expect, it } from 'vitest'
import { describeEveryClient } from './every-client.ts'

/** A reply of Redis with texts in place of bytes, and errors by their kind. */
type Plain = unknown

const small = fc.nat({ max: 12 })
const id = fc.tuple(small, fc.constantFrom(0, 1, 2, 10)).map(([ms, sequence]) => `${ms}-${sequence}`)
const bound = fc.oneof(id, small.map(String))
const limit = fc.oneof(fc.constant(undefined), fc.integer({ min: 1, max: 5 }))

type Operation =
  | { readonly kind: 'add'; readonly id: string; readonly maxlen: number | undefined }
  | { readonly kind: 'delete'; readonly ids: readonly string[] }
  | {
      readonly kind: 'range' | 'reverse'
      readonly from: string
      readonly to: string
      readonly count: number | undefined
    }
  | { readonly kind: 'between'; readonly after: string; readonly before: string }
  | { readonly kind: 'trim'; readonly maxlen: number }
  | { readonly kind: 'drop'; readonly minid: string }
  | { readonly kind: 'read'; readonly after: string; readonly count: number | undefined }
  | { readonly kind: 'new' | 'own'; readonly consumer: string; readonly count: number | undefined }
  | { readonly kind: 'ack'; readonly ids: readonly string[] }
  | { readonly kind: 'claim'; readonly consumer: string; readonly ids: readonly string[] }
  | { readonly kind: 'steal'; readonly consumer: string; readonly from: string; readonly count: number }
  | { readonly kind: 'setId' | 'groupId'; readonly id: string }
  | { readonly kind: 'pending' | 'length' | 'info' }

const some = fc.array(id, { minLength: 1, maxLength: 4 })
const consumer = fc.constantFrom('ann', 'bob')
const operation: fc.Arbitrary<Operation> = fc.oneof(
  { arbitrary: fc.record({ kind: fc.constant('add' as const), id, maxlen: limit }), weight: 6 },
  fc.record({ kind: fc.constant('delete' as const), ids: some }),
  fc.record({
    kind: fc.constantFrom('range' as const, 'reverse' as const),
    from: bound,
    to: bound,
    count: limit,
  }),
  fc.record({ kind: fc.constant('between' as const), after: id, before: id }),
  fc.record({ kind: fc.constant('trim' as const), maxlen: fc.nat({ max: 8 }) }),
  fc.record({ kind: fc.constant('drop' as const), minid: id }),
  fc.record({ kind: fc.constant('read' as const), after: id, count: limit }),
  {
    arbitrary: fc.record({ kind: fc.constantFrom('new' as const, 'own' as const), consumer, count: limit }),
    weight: 4,
  },
  fc.record({ kind: fc.constant('ack' as const), ids: some }),
  fc.record({ kind: fc.constant('claim' as const), consumer, ids: some }),
  fc.record({
    kind: fc.constant('steal' as const),
    consumer,
    from: id,
    count: fc.integer({ min: 1, max: 4 }),
  }),
  fc.record({ kind: fc.constantFrom('setId' as const, 'groupId' as const), id }),
  fc.record({ kind: fc.constantFrom('pending' as const, 'length' as const, 'info' as const) }),
)

const shown = (messages: readonly StreamMessage<Record<string, string>>[]) =>
  messages.map((message) => [message.id, Object.entries(message.data).flat()])

/** Runs an operation by this package. */
async function ours(stream: Stream, group: ConsumerGroup, operation: Operation): Promise<Plain> {
  const part = (name: string) => group.consumer(name).stream(stream.key)
  switch (operation.kind) {
    case 'add': {
      const { id, maxlen } = operation
      return stream.add({ id }, { id, ...(maxlen !== undefined && { maxlen, approximate: false }) })
    }
    case 'delete':
      return stream.delete(operation.ids)
    case 'range':
      return shown(await stream.range({ from: operation.from, to: operation.to, count: operation.count }))
    case 'reverse':
      return shown(
        await stream.reverseRange({ from: operation.from, to: operation.to, count: operation.count }),
      )
    case 'between':
      return shown(await stream.range({ after: operation.after, before: operation.before }))
    case 'trim':
      return stream.trim({ maxlen: operation.maxlen, approximate: false })
    case 'drop':
      return stream.trim({ minid: operation.minid, approximate: false })
    case 'read':
      return shown(await stream.read({ after: operation.after, count: operation.count }))
    case 'new':
      return shown(await part(operation.consumer).read({ count: operation.count }))
    case 'own':
      return shown(await part(operation.consumer).read({ pending: true, count: operation.count }))
    case 'ack':
      return group.stream(stream.key).ack(operation.ids)
    case 'claim':
      return shown(await part(operation.consumer).claim(operation.ids))
    case 'steal': {
      const { from, count } = operation
      const {
        next = '0-0',
        messages,
        deleted,
      } = await part(operation.consumer).autoClaim({ minIdle: 0, from, count })
      return [next, shown(messages), deleted]
    }
    case 'setId':
      return stream.setId(operation.id)
    case 'groupId':
      return group.setId(operation.id)
    case 'pending':
      return (await group.pending()).map(({ id, consumer, deliveries }) => [id, consumer, deliveries])
    case 'length':
      return stream.length()
    case 'info': {
      const { length, lastId, groups, added, maxDeletedId } = await stream.info()
      return { length, lastId, groups, added, maxDeletedId }
    }
  }
}

/** Runs it by commands of Redis. */
async function raw(redis: Raw, key: string, operation: Operation): Promise<Plain> {
  const counted = (count: number | undefined) => (count === undefined ? [] : ['COUNT', count])
  const first = (reply: unknown) => ((reply as [string, unknown][] | null) ?? [])[0]?.[1] ?? []
  switch (operation.kind) {
    case 'add':
      return redis(
        'XADD',
        key,
        ...(operation.maxlen === undefined ? [] : ['MAXLEN', '=', operation.maxlen]),
        operation.id,
        'id',
        operation.id,
      )
    case 'delete':
      return redis('XDEL', key, ...operation.ids)
    case 'range':
      return redis('XRANGE', key, operation.from, operation.to, ...counted(operation.count))
    case 'reverse':
      return redis('XREVRANGE', key, operation.to, operation.from, ...counted(operation.count))
    case 'between':
      return redis('XRANGE', key, `(${operation.after}`, `(${operation.before}`)
    case 'trim':
      return redis('XTRIM', key, 'MAXLEN', '=', operation.maxlen)
    case 'drop':
      return redis('XTRIM', key, 'MINID', '=', operation.minid)
    case 'read':
      return first(await redis('XREAD', ...counted(operation.count), 'STREAMS', key, operation.after))
    case 'new':
      return first(
        await redis(
          'XREADGROUP',
          'GROUP',
          'g',
          operation.consumer,
          ...counted(operation.count),
          'STREAMS',
          key,
          '>',
        ),
      )
    case 'own': {
      const reply = await redis(
        'XREADGROUP',
        'GROUP',
        'g',
        operation.consumer,
        ...counted(operation.count),
        'STREAMS',
        key,
        '0',
      )
      const entries = first(reply) as [string, unknown][]
      const deleted = entries.filter(([, fields]) => fields === null).map(([id]) => id)
      if (deleted.length > 0) await redis('XACK', key, 'g', ...deleted)
      return entries.filter(([, fields]) => fields !== null)
    }
    case 'ack':
      return redis('XACK', key, 'g', ...operation.ids)
    case 'claim':
      return redis('XCLAIM', key, 'g', operation.consumer, 0, ...operation.ids)
    case 'steal':
      return redis('XAUTOCLAIM', key, 'g', operation.consumer, 0, operation.from, 'COUNT', operation.count)
    case 'setId':
      return redis('XSETID', key, operation.id).then(() => undefined)
    case 'groupId':
      return redis('XGROUP', 'SETID', key, 'g', operation.id).then(() => undefined)
    case 'pending': {
      const entries = (await redis('XPENDING', key, 'g', '-', '+', 1_000)) as unknown[][]
      return entries.map(([id, consumer, , deliveries]) => [id, consumer, deliveries])
    }
    case 'length':
      return redis('XLEN', key)
    case 'info': {
      const flat = (await redis('XINFO', 'STREAM', key)) as unknown[]
      const value = (name: string) => flat[flat.indexOf(name) + 1]
      return {
        length: value('length'),
        lastId: value('last-generated-id'),
        groups: value('groups'),
        added: value('entries-added'),
        maxDeletedId: value('max-deleted-entry-id'),
      }
    }
  }
}

type Raw = (command: string, ...args: unknown[]) => Promise<unknown>

/** Returns what an operation came to: its value, or that it was refused. */
const outcome = (run: Promise<Plain>) => run.catch(() => 'refused')

describeEveryClient('Random operations', (at) => {
  it('come to what the commands of Redis come to', async () => {
    const script = 'return redis.call(ARGV[1], unpack(ARGV, 2))'
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 5, maxLength: 40 }), async (operations) => {
        await at.flush()
        const stream = new Stream(at.redis, 'ours')
        const group = new ConsumerGroup(at.redis, 'g', 'ours', { consumer: 'ann' })
        // Through a script: with a key that has no keyPrefix, on the server of the other stream.
        const theirs = `${at.keyPrefix}theirs`
        const redis: Raw = (command, ...args) =>
          at.redis.eval(script, 1, 'ours', command, ...args.map(String))
        await group.create()
        await redis('XGROUP', 'CREATE', theirs, 'g', '0', 'MKSTREAM')
        for (const one of operations) {
          const [mine, other] = [
            await outcome(ours(stream, group, one)),
            await outcome(raw(redis, theirs, one)),
          ]
          expect(textOf(mine), JSON.stringify(one)).toEqual(textOf(other))
        }
        await Promise.all([stream.close(), group.close()])
      }),
      { numRuns: 40 },
    )
  })
})

/** Numbers as text: a client may give them so. */
const textOf = (value: unknown) =>
  JSON.stringify(value, (_, inner) => (typeof inner === 'number' ? String(inner) : inner))
