import { connect } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it, test } from 'vitest'
import { nextTurn } from '../../../src/clock.ts'
import { kyotoTycoonStore } from '../../../src/stores/kyoto-tycoon/index.ts'
import { getBulk, readReply, removeBulk, setBulk } from '../../../src/stores/kyoto-tycoon/protocol.ts'
import { callRpc } from '../../../src/stores/kyoto-tycoon/rpc.ts'
import type { Store } from '../../../src/stores/store.ts'
import { storeConformance } from '../../../src/testing/index.ts'
import { type KyotoTycoonServer, startKyotoTycoon } from '../../helpers/kyoto-tycoon-server.ts'
import { patientKyotoTycoonStore } from '../../helpers/patient-stores.ts'
import { TestClock } from '../../helpers/test-clock.ts'

const bytes = (hex: string) => Buffer.from(hex.replace(/\s/g, ''), 'hex')
const [a, b] = [Buffer.from('a'), Buffer.from('b')]

/** Requests, with the replies of a real ktserver (0.9.56b). */
const REAL = {
  set: {
    request: bytes('b8 00000000 00000001 0000 00000001 00000001 000000000000003c 61 31'),
    reply: bytes('b8 00000001'),
  },
  get: {
    request: bytes('ba 00000000 00000002 0000 00000001 61 0000 00000001 62'),
    reply: bytes('ba 00000001 0000 00000001 00000001 000000006b06407f 61 31'),
  },
  remove: {
    request: bytes('b9 00000000 00000002 0000 00000001 61 0000 00000001 62'),
    reply: bytes('b9 00000001'),
  },
  matchPrefix: {
    body: bytes('63484a6c5a6d6c34 09 63413d3d 0a'),
    reply: bytes('5f7025303933 09 32 0a 5f7025336131 09 31 0a 5f7025336132 09 30 0a 6e756d 09 33 0a'),
  },
}

describe('the protocol, byte for byte as of a real server', () => {
  test('requests', () => {
    expect(setBulk(0, [{ key: a, value: Buffer.from('1'), seconds: 60 }])).toEqual(REAL.set.request)
    expect(getBulk(0, [a, b])).toEqual(REAL.get.request)
    expect(removeBulk(0, [a, b])).toEqual(REAL.remove.request)
    const forever = setBulk(3, [{ key: a, value: b, seconds: Number.POSITIVE_INFINITY }])
    expect(forever.toString('hex', 9)).toBe('000300000001000000017fffffffffffffff6162')
  })

  test('replies, split anywhere, and errors', () => {
    expect(readReply(0xb8, REAL.set.reply)).toEqual({ count: 1, records: [], length: 5 })
    expect(readReply(0xb9, REAL.remove.reply)).toEqual({ count: 1, records: [], length: 5 })
    const { reply } = REAL.get
    const record = { key: a, value: Buffer.from('1'), expires: 0x6b06407f }
    expect(readReply(0xba, reply)).toEqual({ count: 1, records: [record], length: reply.length })
    for (let end = 0; end < reply.length; end++)
      expect(readReply(0xba, reply.subarray(0, end))).toBe(undefined)
    expect(readReply(0xba, bytes('bf'))).toEqual(new Error('it refused the request'))
    expect(readReply(0xba, bytes('b8 00000000'))).toEqual(new Error('it answered with the byte b8'))
    const never = bytes('ba 00000001 0000 00000001 00000001 000000ffffffffff 61 31')
    expect(readReply(0xba, never)).toMatchObject({ records: [{ expires: Number.POSITIVE_INFINITY }] })
  })

  test('the server of these tests sends the same bytes', async () => {
    const server = await startKyotoTycoon()
    const ask = (request: Buffer, length: number) =>
      new Promise<Buffer>((resolve) => {
        let read = Buffer.alloc(0)
        const socket = connect(server.port, '127.0.0.1', () => socket.write(request))
        socket.on('data', (chunk) => {
          read = Buffer.concat([read, chunk])
          if (read.length >= length) socket.destroy()
        })
        socket.on('close', () => resolve(read))
      })
    expect(await ask(REAL.set.request, 5)).toEqual(REAL.set.reply)
    // The second in which it expires differs.
    const got = await ask(REAL.get.request, REAL.get.reply.length)
    const withoutTime = (reply: Buffer) => reply.toString('hex').replace(/00000000[67][0-9a-f]{7}/, 'time')
    expect(withoutTime(got)).toBe(withoutTime(REAL.get.reply))
    expect(await ask(REAL.remove.request, 5)).toEqual(REAL.remove.reply)
    expect(await ask(bytes('ba 00000000 00000000'), 5)).toEqual(bytes('ba 00000000'))
    // For an unknown database, set stores fewer records, and get finds nothing.
    expect(await ask(bytes('b8 00000000 00000001 0009 00000001 00000001 000000000000003c 61 31'), 5)).toEqual(
      bytes('b8 00000000'),
    )
    expect(await ask(bytes('99'), 1)).toEqual(Buffer.alloc(0))
    await server.close()
  })

  test('a listing, as encoded by a real server', async () => {
    const { createServer } = await import('node:http')
    let asked: Buffer | undefined
    const server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk) => chunks.push(chunk))
      request.on('end', () => {
        asked = Buffer.concat(chunks)
        response.setHeader('content-type', 'text/tab-separated-values; colenc=U')
        response.end(REAL.matchPrefix.reply)
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const { columns } = await callRpc({ host: '127.0.0.1', port, timeout: 1_000 }, 'match_prefix', [
      ['prefix', 'p'],
    ])
    expect(asked).toEqual(REAL.matchPrefix.body)
    expect(columns.map((pair) => pair.map(String))).toEqual([
      ['_p\t3', '2'],
      ['_p:1', '1'],
      ['_p:2', '0'],
      ['num', '3'],
    ])
    await new Promise((resolve) => server.close(resolve))
  })
})

describe('kyotoTycoonStore', () => {
  let server: KyotoTycoonServer
  const open: Store[] = []
  beforeAll(async () => {
    server = await startKyotoTycoon()
  })
  afterEach(() => Promise.all(open.splice(0).map((store) => store.close())))
  afterAll(() => server.close())
  const make = (more: object = {}) => {
    const store = patientKyotoTycoonStore({ host: '127.0.0.1', port: server.port, ...more })
    open.push(store)
    return store
  }

  storeConformance({
    name: 'the conformance suite',
    describe,
    it,
    create: () => patientKyotoTycoonStore({ host: '127.0.0.1', port: server.port }),
    capabilities: { shared: true, conditional: false, ttlPrecision: 1000 },
  })

  it('keeps databases apart, and rejects writes to a missing one', async () => {
    const [first, second, none] = [make(), make({ database: 1 }), make({ database: 9 })]
    const write = [{ key: 'a', value: Buffer.from('x'), ttl: 60_000 }]
    await second.setMany(write)
    expect(await first.getMany(['a'])).toEqual([null])
    expect(await none.getMany(['a'])).toEqual([null])
    await expect(none.setMany(write)).rejects.toThrow(/stored 0 of 1 records: is there a database 9\?/)
  })

  it('rejects calls while the server is silent or down, and reconnects', async () => {
    const clock = new TestClock()
    const store = kyotoTycoonStore({ host: '127.0.0.1', port: server.port, timeout: 300 }, clock)
    open.push(store)
    const write = [{ key: 'b', value: Buffer.from('x'), ttl: 60_000 }]
    await store.setMany(write)
    server.pause()
    const late = expect(store.getMany(['b'])).rejects.toThrow(/did not answer within 300 ms/)
    await nextTurn()
    clock.advance(300)
    await late
    await expect(store.getMany(['b'])).rejects.toThrow(/is not connected/)
    server.resume()
    server.reset()
    const found = async () => {
      clock.advance(2_000)
      return (await store.getMany(['b']).catch(() => []))[0]
    }
    await expect.poll(found).toBeInstanceOf(Buffer)
  })

  test('options are checked', () => {
    const of = (options: unknown) => () => kyotoTycoonStore(options as never)
    expect(of(null)).toThrow(/must be an object/)
    expect(of({ db: 1 })).toThrow(/no option "db"\. It takes: host, port/)
    expect(of({ host: 'http://a' })).toThrow(/host must be a name or an address/)
    expect(of({ port: 0 })).toThrow(/port must be a whole number from 1 to 65535/)
    expect(of({ database: -1 })).toThrow(/database must be/)
  })
})
