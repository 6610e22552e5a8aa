import { createConnection, type Socket } from 'node:net'
import { RawReplies } from './raw-reply.ts'

interface Waiting {
  resolve(reply: string): void
  reject(error: Error): void
}

/**
 * Encodes a request.
 *
 * @param args latin1 strings, one character for each byte
 */
export function encodeRequest(args: readonly (string | number)[]): string {
  let out = `*${args.length}\r\n`
  for (const arg of args) out += `$${String(arg).length}\r\n${arg}\r\n`
  return out
}

/**
 * A client that returns the bytes of replies as the server has sent them. All texts are latin1
 * strings, one character for each byte.
 *
 * @example
 * const client = await connectRaw(server.port)
 * expect(await client.send('SET', 'key', 'value')).toBe('+OK\r\n')
 * await client.send('HELLO', 3)
 * expect(await client.send('GET', 'absent')).toBe('_\r\n')
 */
export class RawClient {
  readonly #socket: Socket
  readonly #parser = new RawReplies()
  readonly #replies: string[] = []
  readonly #waiting: Waiting[] = []
  readonly #pushes: string[] = []
  readonly #waitingForPush: Waiting[] = []
  #end: Error | undefined
  /** Settles when the server, or `close()`, has ended the connection. */
  readonly closed: Promise<void>

  /** @internal Use {@link connectRaw}. */
  constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('data', (chunk) => this.#receive(chunk.toString('latin1')))
    socket.on('error', (error) => this.#fail(error))
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.#fail(new Error('the connection is closed'))
        resolve()
      })
    })
  }

  /** Sends a request. Returns its reply. Several that are sent without waiting are a pipeline. */
  send(...args: readonly (string | number)[]): Promise<string> {
    this.write(encodeRequest(args))
    return this.reply()
  }

  /** Sends several requests in one write. Returns their replies in their order. */
  pipeline(requests: readonly (readonly (string | number)[])[]): Promise<string[]> {
    this.write(requests.map(encodeRequest).join(''))
    return Promise.all(requests.map(() => this.reply()))
  }

  /** Sends bytes as they are. */
  write(bytes: string): void {
    this.#socket.write(bytes, 'latin1')
  }

  /** Returns the next reply, or in RESP2 the next message. */
  reply(): Promise<string> {
    return this.#next(this.#replies, this.#waiting)
  }

  /** Returns the next push message of RESP3, such as an answer to SUBSCRIBE. */
  push(): Promise<string> {
    return this.#next(this.#pushes, this.#waitingForPush)
  }

  /** Replies and push messages that have arrived and that nobody has taken. */
  get unread(): readonly string[] {
    return [...this.#replies, ...this.#pushes]
  }

  /** Takes all replies and push messages that have arrived. */
  takeUnread(): readonly string[] {
    return [...this.#replies.splice(0), ...this.#pushes.splice(0)]
  }

  /** Ends the connection at once. */
  close(): void {
    this.#socket.destroy()
  }

  #next(arrived: string[], waiting: Waiting[]): Promise<string> {
    const reply = arrived.shift()
    if (reply !== undefined) return Promise.resolve(reply)
    if (this.#end) return Promise.reject(this.#end)
    return new Promise((resolve, reject) => waiting.push({ resolve, reject }))
  }

  #receive(chunk: string): void {
    this.#parser.push(chunk)
    for (let reply = this.#parser.next(); reply !== undefined; reply = this.#parser.next()) {
      const isPush = reply.startsWith('>')
      const next = (isPush ? this.#waitingForPush : this.#waiting).shift()
      if (next) next.resolve(reply)
      else (isPush ? this.#pushes : this.#replies).push(reply)
    }
  }

  #fail(error: Error): void {
    this.#end ??= error
    for (const { reject } of [...this.#waiting.splice(0), ...this.#waitingForPush.splice(0)]) reject(error)
  }
}

/** Connects to a server of this machine. */
export function connectRaw(port: number, host = '127.0.0.1'): Promise<RawClient> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(port, host)
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      resolve(new RawClient(socket))
    })
  })
}
