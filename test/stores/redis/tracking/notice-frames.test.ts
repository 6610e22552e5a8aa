import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { Redis as Redis6 } from 'ioredis'
import { Redis as Redis5 } from 'ioredis5'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CHANNEL, NoticeFrames } from '../../../../src/stores/redis/tracking/notice-frames.ts'
import type { Store } from '../../../../src/stores/store.ts'
import { untilCopied } from '../../../helpers/copies.ts'
import { patientTieredStore } from '../../../helpers/patient-stores.ts'
import { describeRedis, type RedisServer, startRedis } from '../../../helpers/redis-server.ts'

const text = (value: string) => `$${Buffer.byteLength(value)}\r\n${value}\r\n`
const list = (...values: string[]) => `*${values.length}\r\n${values.join('')}`
const NULL = '$-1\r\n'
const told = (...keys: string[]) => list(text('message'), text(CHANNEL), list(...keys.map(text)))

/** Frames that a healthy server sends to a connection that tracks writes. */
const SOUND = {
  'an OK': '+OK\r\n',
  'an error': '-ERR unknown subcommand\r\n',
  'a number': ':12\r\n',
  'a negative number': ':-12\r\n',
  'a text': text('redis_version:7.2.0\r\nloading:0\r\n'),
  'an empty text': text(''),
  'a subscription': list(text('subscribe'), text(CHANNEL), ':1\r\n'),
  'a pong': list(text('pong'), text('')),
  'a changed key': told('onetrip:a'),
  'changed keys': told('onetrip:a', 'onetrip:é', 'onetrip:{*2\r\n$-1\r\n}'),
  'a long key': told(`onetrip:${'x'.repeat(100_000)}`),
  'an empty database': list(text('message'), text(CHANNEL), NULL),
  'an empty database, by a null list': list(text('message'), text(CHANNEL), '*-1\r\n'),
}

/** Damaged forms of it. */
const BROKEN = {
  'an empty list': '*0\r\n',
  'a null list': '*-1\r\n',
  'a null': NULL,
  'a list of a null': list(NULL),
  'a list of nulls': list(NULL, NULL, NULL),
  'a list of a number': list(':1\r\n'),
  'lists in lists': list(list(list())),
  'a message of nothing': list(text('message')),
  'a message without keys': list(text('message'), text(CHANNEL)),
  'a message of too much': list(text('message'), text(CHANNEL), list(text('a')), text('b')),
  'a message of no channel': list(text('message'), NULL, list(text('a'))),
  'a message of another channel': list(text('message'), text('__redis__:invalidatf'), list(text('a'))),
  'a message of a number of keys': list(text('message'), text(CHANNEL), ':1\r\n'),
  'a message of a text': list(text('message'), text(CHANNEL), text('a')),
  'a message of no keys': list(text('message'), text(CHANNEL), '*0\r\n'),
  'a message of a null key': list(text('message'), text(CHANNEL), list(NULL)),
  'a message of a key and a null': list(text('message'), text(CHANNEL), list(text('a'), NULL)),
  'a message of an empty key': told(''),
  'a message of a key that is a number': list(text('message'), text(CHANNEL), list(':1\r\n')),
  'a message of a key that is a list': list(text('message'), text(CHANNEL), list(list(text('a')))),
  'a pattern message of nothing': list(text('pmessage')),
  'a pattern message of nulls': list(text('pmessage'), NULL, NULL, NULL),
  'a shard message of nothing': list(text('smessage')),
  'a subscription to nothing': list(text('subscribe')),
  'a subscription to null': list(text('subscribe'), NULL, ':1\r\n'),
  'a subscription to another channel': list(text('subscribe'), text('other'), ':1\r\n'),
  'a subscription of null': list(text('subscribe'), text(CHANNEL), NULL),
  'a pattern subscription': list(text('psubscribe'), text('*'), ':1\r\n'),
  'a shard subscription': list(text('ssubscribe'), text('a'), ':1\r\n'),
  'the end of a subscription': list(text('unsubscribe'), text(CHANNEL), ':0\r\n'),
  'the end of all subscriptions': list(text('unsubscribe'), NULL, ':0\r\n'),
  'the end of a shard subscription': list(text('sunsubscribe'), text('a'), ':0\r\n'),
  'a pong of nothing': list(text('pong')),
  'a pong of null': list(text('pong'), NULL),
  'a pong of a number': list(text('pong'), ':1\r\n'),
  'a word with another bit': list(text('mersage'), text(CHANNEL), list(text('a'))),
  'a word of a prototype': list(text('toString'), text(CHANNEL), list(text('a'))),
  'a word that is too long': list(text('m'.repeat(5_000_000))),
  'a push of null': `>1\r\n${NULL}`,
  'an empty push': '>0\r\n',
  'a push of a subscription': `>1\r\n${text('subscribe')}`,
  'a map': `%1\r\n${text('a')}${text('b')}`,
  'a set': `~1\r\n${text('a')}`,
  'a null of version 3': '_\r\n',
  'a boolean': '#t\r\n',
  'a double': ',1.5\r\n',
  'a big number': '(12345678901234567890\r\n',
  'an error of version 3': '!3\r\nERR\r\n',
  'a verbatim text': '=5\r\ntxt:a\r\n',
  'a length that is no number': '*x\r\n',
  'a length of a text that is no number': '$1x\r\n',
  'a negative length': '*-2\r\n',
  'a negative length of a text': '$-2\r\n',
  'a huge length': '*99999999999999999999\r\n',
  'no length': '$\r\n',
  'a type that is none': 'x\r\n',
  'an empty line': '\r\n',
  'a line without its carriage return': '+OK\n',
  zeros: `${'\0'.repeat(100)}\r\n`,
  'a line without end': '+'.repeat(200_000),
}

describe('frames are checked, however they are split', () => {
  const cuts = (bytes: Buffer, size: number) =>
    Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) => bytes.subarray(n * size, (n + 1) * size))

  test.each(Object.entries(SOUND))('%s is accepted', (_, frame) => {
    for (const size of [1, 7, 64, Number.POSITIVE_INFINITY]) {
      const frames = new NoticeFrames()
      const bytes = Buffer.from(frame + Object.values(SOUND).join('') + frame)
      expect(cuts(bytes, Math.min(size, bytes.length)).every((piece) => frames.accepts(piece))).toBe(true)
    }
  })

  test.each(Object.entries(BROKEN))(
    '%s is refused before its last byte is read, and all after it',
    (_, frame) => {
      for (const size of [1, 7, 64, Number.POSITIVE_INFINITY]) {
        const frames = new NoticeFrames()
        const bytes = Buffer.from(frame)
        expect(frames.accepts(Buffer.from(SOUND['a changed key']))).toBe(true)
        expect(cuts(bytes, Math.min(size, bytes.length)).every((piece) => frames.accepts(piece))).toBe(false)
        expect(frames.accepts(Buffer.from('+OK\r\n'))).toBe(false)
      }
    },
  )
})

/** A proxy between a client and a server that sends more on the connection that follows writes. */
class Speaker {
  readonly #server: Server
  #following: Socket | undefined
  /** Number of connections that subscribed. */
  followed = 0

  constructor(target: number) {
    this.#server = createServer((socket) => {
      const upstream = connect(target, '127.0.0.1')
      for (const [one, other] of [
        [socket, upstream],
        [upstream, socket],
      ] as const) {
        one.on('error', () => {})
        one.on('close', () => other.destroy())
      }
      upstream.on('data', (bytes) => socket.write(bytes))
      socket.on('data', (bytes) => {
        if (bytes.includes('TRACKING')) {
          this.#following = socket
          this.followed++
        }
        upstream.write(bytes)
      })
    })
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return (this.#server.address() as AddressInfo).port
  }

  say(bytes: string | Buffer): void {
    this.#following?.write(bytes)
  }

  close(): void {
    this.#server.close()
  }
}

describeRedis('a connection that follows writes', () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.stop())

  const held = (store: Store) => store.getCopies?.(['a']) !== undefined

  describe.each([
    ['6', Redis6],
    ['5', Redis5 as unknown as typeof Redis6],
  ])('of ioredis %s', (_, Redis) => {
    /** A first tier whose connection goes through a speaker. */
    async function withTier(use: (store: Store, speaker: Speaker) => Promise<void>): Promise<void> {
      const speaker = new Speaker(server.port)
      const client = new Redis(await speaker.listen(), '127.0.0.1', { retryStrategy: () => 1 })
      client.on('error', () => {})
      const store = patientTieredStore({ client: client as never })
      try {
        await store.setMany([{ key: 'a', value: Buffer.from('x'), ttl: 60_000 }])
        await untilCopied(store, 'a')
        await use(store, speaker)
      } finally {
        await store.close()
        client.disconnect()
        speaker.close()
      }
    }

    test('empties the tier and is reopened after a damaged message', async () => {
      await withTier(async (store, speaker) => {
        const errors: string[] = []
        store.onError?.((error) => errors.push(error.message))
        for (const frame of Object.values(BROKEN)) {
          const before = speaker.followed
          speaker.say(frame)
          await expect.poll(() => speaker.followed).toBeGreaterThan(before)
          await untilCopied(store, 'a')
        }
        expect(errors[0]).toMatch(/reports no changes: its message is damaged/)
      })
    })

    test('drops all copies for a damaged key', async () => {
      await withTier(async (store, speaker) => {
        const keys = [Buffer.from([0xff, 0x61]), Buffer.from('\ud83d').subarray(0, 2)]
        for (const key of keys) {
          speaker.say(
            Buffer.concat([
              Buffer.from(`*3\r\n${text('message')}${text(CHANNEL)}*1\r\n$${key.length}\r\n`),
              key,
              Buffer.from('\r\n'),
            ]),
          )
          await expect.poll(() => held(store)).toBe(false)
          await untilCopied(store, 'a')
        }
      })
    })

    test('still receives reports', async () => {
      await withTier(async (store) => {
        await server.admin.set('other', '1')
        expect(held(store)).toBe(true)
        await server.admin.flushall()
        await expect.poll(() => held(store)).toBe(false)
      })
    })
  })
})
