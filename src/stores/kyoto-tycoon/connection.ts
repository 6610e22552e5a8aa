import { connect, type Socket } from 'node:net'
import { ClosedError, StoreError, StoreTimeoutError } from '../../errors.ts'
import { type Reply, readReply } from './protocol.ts'

/** Pauses between two tries to connect, in milliseconds: at first, and at most. */
const FIRST_PAUSE = 50
const LONGEST_PAUSE = 1_000

interface Waiting {
  readonly magic: number
  readonly resolve: (reply: Reply) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout
}

/** The connection to a server: requests are pipelined, replies come in order. One that is silent is left, and connected to anew. */
export class Connection {
  readonly server: string
  readonly #host: string
  readonly #port: number
  readonly #timeout: number
  #socket: Socket | undefined
  #waiting: Waiting[] = []
  #unread: Buffer = Buffer.alloc(0)
  #pause = FIRST_PAUSE
  #retryAt = 0
  #failure: Error | undefined
  #closed = false

  constructor(host: string, port: number, timeout: number) {
    this.#host = host
    this.#port = port
    this.#timeout = timeout
    this.server = `Kyoto Tycoon at ${host}:${port}`
  }

  /** Sends one request. @throws StoreError, StoreTimeoutError, ClosedError */
  async send(request: Buffer): Promise<Reply> {
    if (this.#closed) throw new ClosedError('The Kyoto Tycoon store')
    const socket = this.#connected()
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => this.#drop(new StoreTimeoutError(`${this.server} did not answer within ${this.#timeout} ms`)),
        this.#timeout,
      )
      this.#waiting.push({ magic: request[0] as number, resolve, reject, timer })
      socket.write(request)
    })
  }

  close(): void {
    this.#closed = true
    this.#drop(new ClosedError('The Kyoto Tycoon store'))
  }

  #connected(): Socket {
    if (this.#socket) return this.#socket
    if (performance.now() < this.#retryAt)
      throw new StoreError(`${this.server} is not connected: ${this.#failure?.message}`)
    const socket = connect({ host: this.#host, port: this.#port, noDelay: true, keepAlive: true })
    this.#socket = socket
    // An idle connection keeps no process alive; what waits for a reply has a timer.
    socket.unref()
    socket.on('connect', () => {
      this.#pause = FIRST_PAUSE
    })
    socket.on('data', (bytes) => this.#read(bytes))
    socket.on('error', (error) => this.#lost(socket, error))
    socket.on('close', () => this.#lost(socket, new Error('the connection was closed')))
    return socket
  }

  #lost(socket: Socket, cause: Error): void {
    if (this.#socket === socket)
      this.#drop(new StoreError(`${this.server} failed: ${cause.message}`, { cause }))
  }

  #drop(error: Error): void {
    this.#socket?.destroy()
    this.#socket = undefined
    this.#unread = Buffer.alloc(0)
    this.#failure = error
    this.#retryAt = performance.now() + this.#pause * (0.75 + Math.random() / 2)
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE)
    const waiting = this.#waiting
    this.#waiting = []
    for (const { reject, timer } of waiting) {
      clearTimeout(timer)
      reject(error)
    }
  }

  #read(bytes: Buffer): void {
    this.#unread = this.#unread.length > 0 ? Buffer.concat([this.#unread, bytes]) : bytes
    while (this.#unread.length > 0) {
      const [first] = this.#waiting
      if (!first) return this.#drop(new StoreError(`${this.server} answered what nobody asked`))
      const reply = readReply(first.magic, this.#unread)
      if (reply === undefined) return
      if (reply instanceof Error) return this.#drop(new StoreError(`${this.server} failed: ${reply.message}`))
      this.#unread = this.#unread.subarray(reply.length)
      this.#waiting.shift()
      clearTimeout(first.timer)
      first.resolve(reply)
    }
  }
}
