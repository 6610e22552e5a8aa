import { connect, type Socket } from 'node:net'
import type { Clock, Timer } from '../../clock.ts'
import { ClosedError, StoreError, StoreTimeoutError } from '../../errors.ts'
import { Unread } from './unread.ts'

/** Pause before the next attempt to connect, in ms: the first, and the longest. */
const FIRST_PAUSE = 50
const LONGEST_PAUSE = 1_000
/** Most answers to wait for: far above what a healthy server lets accumulate. */
const MOST_WAITING = 100_000

/** A protocol whose requests are pipelined, and answered in order. */
export interface Protocol<Asked, Answer> {
  /** For messages, such as `memcached`. */
  readonly name: string
  /**
   * Reads the first answer.
   *
   * @returns undefined while bytes are missing; an Error where they are not an answer, so that what
   * follows cannot be read either
   */
  read(bytes: Buffer, asked: Asked): { readonly answer: Answer; readonly length: number } | Error | undefined
}

export interface Address {
  readonly host: string
  readonly port: number
  /** Longest wait for an answer, in ms. */
  readonly timeout: number
}

interface Waiting<Asked, Answer> {
  readonly asked: Asked
  readonly count: number
  readonly answers: Answer[]
  readonly resolve: (answers: Answer[]) => void
  readonly reject: (error: Error) => void
  readonly timer: Timer
}

/**
 * A connection to one server, opened when it is first needed. If the server is silent, gone, or
 * sends something else than an answer, the connection is closed: requests under way fail, and after
 * a pause the next request connects again.
 */
export class PipelinedConnection<Asked, Answer> {
  /** For messages. */
  readonly server: string
  readonly #protocol: Protocol<Asked, Answer>
  readonly #address: Address
  readonly #clock: Clock
  #socket: Socket | undefined
  #waiting: Waiting<Asked, Answer>[] = []
  #pending = 0
  #unread = new Unread()
  #pause = FIRST_PAUSE
  #retryAt = 0
  #failure: Error | undefined
  #closed = false

  constructor(protocol: Protocol<Asked, Answer>, address: Address, clock: Clock) {
    this.#protocol = protocol
    this.#address = address
    this.#clock = clock
    this.server = `${protocol.name} at ${address.host}:${address.port}`
  }

  /**
   * Sends one request, or several together.
   *
   * @param count number of answers
   * @throws StoreError, StoreTimeoutError, ClosedError
   */
  async send(parts: readonly (string | Buffer)[], asked: Asked, count = 1): Promise<Answer[]> {
    if (this.#closed) throw new ClosedError(`The ${this.#protocol.name} store`)
    if (count === 0) return []
    const socket = this.#connected()
    if (this.#pending + count > MOST_WAITING)
      throw new StoreError(
        `${this.server} has ${this.#pending} requests to answer: nothing more is sent meanwhile`,
      )
    const { timeout } = this.#address
    return new Promise((resolve, reject) => {
      const timer = this.#clock.setTimeout(
        () => this.#drop(new StoreTimeoutError(`${this.server} did not answer within ${timeout} ms`)),
        timeout,
      )
      this.#waiting.push({ asked, count, answers: [], resolve, reject, timer })
      this.#pending += count
      socket.cork()
      for (const part of parts) socket.write(part)
      socket.uncork()
    })
  }

  close(): void {
    this.#closed = true
    this.#drop(new ClosedError(`The ${this.#protocol.name} store`))
  }

  #connected(): Socket {
    if (this.#socket) return this.#socket
    if (this.#clock.now() < this.#retryAt)
      throw new StoreError(`${this.server} is not connected: ${this.#failure?.message}`)
    const { host, port } = this.#address
    const socket = connect({ host, port, noDelay: true, keepAlive: true })
    this.#socket = socket
    // An idle connection keeps no process alive; a request under way has a timer, which does.
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

  /** Closes the connection, and rejects the requests under way. */
  #drop(error: Error): void {
    this.#socket?.destroy()
    this.#socket = undefined
    this.#unread = new Unread()
    this.#failure = error
    this.#retryAt = this.#clock.now() + this.#pause * (0.75 + Math.random() / 2)
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE)
    const waiting = this.#waiting
    this.#waiting = []
    this.#pending = 0
    for (const { reject, timer } of waiting) {
      this.#clock.clearTimeout(timer)
      reject(error)
    }
  }

  #read(bytes: Buffer): void {
    this.#unread.append(bytes)
    while (this.#unread.length > 0) {
      const [first] = this.#waiting
      if (!first) return this.#drop(new StoreError(`${this.server} sent a reply that belongs to no request`))
      const read = this.#protocol.read(this.#unread.bytes, first.asked)
      if (read === undefined) return
      if (read instanceof Error) return this.#drop(new StoreError(`${this.server} failed: ${read.message}`))
      this.#unread.take(read.length)
      this.#answered(first, read.answer)
    }
  }

  #answered(first: Waiting<Asked, Answer>, answer: Answer): void {
    first.answers.push(answer)
    this.#pending--
    if (first.answers.length < first.count) return
    this.#waiting.shift()
    this.#clock.clearTimeout(first.timer)
    first.resolve(first.answers)
  }
}
