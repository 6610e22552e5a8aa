import { createServer, type Server, type Socket } from 'node:net'

/**
 * A small server that answers as Kyoto Tycoon 0.9.56b does: there is none in Debian. Its answers
 * are compared with bytes that a real one has sent (kyoto-tycoon.test.ts). Binary: get_bulk,
 * set_bulk, remove_bulk; by HTTP: match_prefix, cas, clear.
 */
export interface KyotoTycoonServer {
  readonly port: number
  /** Answers no more, and keeps its connections. */
  pause(): void
  resume(): void
  /** Closes all connections. */
  reset(): void
  close(): Promise<void>
}

interface Kept {
  readonly value: Buffer
  /** The absolute second; Infinity: never. */
  readonly expires: number
}

const DATABASES = 2
const NEVER = 0xff_ffff_ffff

export async function startKyotoTycoon(): Promise<KyotoTycoonServer> {
  const databases = Array.from({ length: DATABASES }, () => new Map<string, Kept>())
  const sockets = new Set<Socket>()
  let paused = false
  const server: Server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    let unread = Buffer.alloc(0)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    socket.on('data', (bytes) => {
      unread = Buffer.concat([unread, bytes])
      while (!paused) {
        const step =
          unread[0] !== undefined && unread[0] >= 0x80 ? binary(databases, unread) : http(databases, unread)
        if (!step) return
        unread = unread.subarray(step.length)
        if (step.reply.length > 0) socket.write(step.reply)
        if (step.ends) socket.end()
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as { port: number }).port,
    pause: () => {
      paused = true
    },
    resume: () => {
      paused = false
    },
    reset: () => {
      for (const socket of sockets) socket.destroy()
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}

interface Step {
  readonly reply: Buffer
  readonly length: number
  readonly ends?: boolean
}

function alive(database: Map<string, Kept> | undefined, key: string): Kept | undefined {
  const kept = database?.get(key)
  return kept && Math.floor(Date.now() / 1000) <= kept.expires ? kept : undefined
}

function toExpires(xt: bigint): number {
  if (xt < 0n) return Number(-xt)
  const expires = Math.floor(Date.now() / 1000) + Number(xt)
  return expires > NEVER ? Number.POSITIVE_INFINITY : expires
}

function binary(databases: readonly Map<string, Kept>[], bytes: Buffer): Step | undefined {
  const magic = bytes[0] as number
  if (![0xb8, 0xb9, 0xba].includes(magic)) return { reply: Buffer.alloc(0), length: bytes.length, ends: true }
  if (bytes.length < 9) return undefined
  const silent = (bytes.readUInt32BE(1) & 1) === 1
  const count = bytes.readUInt32BE(5)
  let at = 9
  let done = 0
  const found: Buffer[] = []
  const doLater: (() => void)[] = []
  for (let n = 0; n < count; n++) {
    const fixed = magic === 0xb8 ? 18 : 6
    if (bytes.length < at + fixed) return undefined
    const number = bytes.readUInt16BE(at)
    const keySize = bytes.readUInt32BE(at + 2)
    const valueSize = magic === 0xb8 ? bytes.readUInt32BE(at + 6) : 0
    const xt = magic === 0xb8 ? bytes.readBigInt64BE(at + 10) : 0n
    at += fixed
    if (bytes.length < at + keySize + valueSize) return undefined
    const key = bytes.toString('latin1', at, at + keySize)
    const value = Buffer.from(bytes.subarray(at + keySize, at + keySize + valueSize))
    at += keySize + valueSize
    doLater.push(() => {
      const database = databases[number]
      if (!database) return
      const kept = alive(database, key)
      if (magic === 0xb8) {
        database.set(key, { value, expires: toExpires(xt) })
        done++
      } else if (kept) {
        done++
        if (magic === 0xb9) database.delete(key)
        else found.push(record(number, key, kept))
      }
    })
  }
  for (const act of doLater) act()
  const reply = Buffer.alloc(5)
  reply[0] = magic
  reply.writeUInt32BE(done, 1)
  return { reply: silent ? Buffer.alloc(0) : Buffer.concat([reply, ...found]), length: at }
}

function record(number: number, key: string, { value, expires }: Kept): Buffer {
  const head = Buffer.alloc(18)
  head.writeUInt16BE(number, 0)
  head.writeUInt32BE(key.length, 2)
  head.writeUInt32BE(value.length, 6)
  head.writeBigInt64BE(BigInt(Math.min(expires, NEVER)), 10)
  return Buffer.concat([head, Buffer.from(key, 'latin1'), value])
}

function http(databases: readonly Map<string, Kept>[], bytes: Buffer): Step | undefined {
  const text = bytes.toString('latin1')
  const end = text.indexOf('\r\n\r\n')
  if (end === -1) return undefined
  const size = Number(/content-length: *(\d+)/i.exec(text.slice(0, end))?.[1] ?? 0)
  const length = end + 4 + size
  if (bytes.length < length) return undefined
  const procedure = /^POST \/rpc\/(\w+)/.exec(text)?.[1] ?? ''
  const columns = new Map(
    text
      .slice(end + 4, length)
      .split('\n')
      .filter(Boolean)
      .map(
        (line) =>
          line.split('\t').map((column) => Buffer.from(column, 'base64').toString('latin1')) as [
            string,
            string,
          ],
      ),
  )
  const database = databases[Number(columns.get('DB') ?? 0)]
  const [status, answer] = database ? call(procedure, columns, database) : [400, []]
  const body = answer
    .map((pair) => `${pair.map((one) => Buffer.from(one, 'latin1').toString('base64')).join('\t')}\n`)
    .join('')
  const head = `HTTP/1.1 ${status} ${status === 200 ? 'OK' : 'Error'}\r\ncontent-type: text/tab-separated-values; colenc=B\r\ncontent-length: ${body.length}\r\n\r\n`
  return { reply: Buffer.from(head + body), length }
}

function call(
  procedure: string,
  columns: ReadonlyMap<string, string>,
  database: Map<string, Kept>,
): [status: number, answer: string[][]] {
  if (procedure === 'clear') {
    database.clear()
    return [200, []]
  }
  if (procedure === 'match_prefix') {
    const max = Number(columns.get('max') ?? Number.POSITIVE_INFINITY)
    // Records that have ended are matched until they are swept.
    const keys = [...database.keys()]
      .filter((key) => key.startsWith(columns.get('prefix') ?? ''))
      .slice(0, max)
    return [200, [...keys.map((key, n) => [`_${key}`, String(n)]), ['num', String(keys.length)]]]
  }
  if (procedure === 'cas') {
    const key = columns.get('key') ?? ''
    const there = alive(database, key)?.value.toString('latin1')
    if (there !== columns.get('oval')) return [450, [['ERROR', 'DB: 6: no record']]]
    const value = Buffer.from(columns.get('nval') ?? '', 'latin1')
    database.set(key, { value, expires: toExpires(BigInt(columns.get('xt') ?? '7fffffffffffffff')) })
    return [200, []]
  }
  return [501, [['ERROR', 'not implemented']]]
}
