import { connect, type Socket } from 'node:net'
import { ClosedError, StoreError, StoreTimeoutError } from '../../errors.ts'

/** Pauses between two tries to connect, in milliseconds: at first, and at most. */
const FIRST_PAUSE = 50
const LONGEST_PAUSE = 1_000
/** What may wait for its answer, in commands: far above what a healthy server lets come together. */
const MOST_WAITING = 100_000

/** An answer of the meta protocol: its code (`VA`, `HD`, `EN`, `NS`, `EX`, `NF`), its flags, and the value of a `VA`. */
export interface Answer {
  readonly code: string
  readonly flags: readonly string[]
  readonly value: Buffer | undefined
}

interface Waiting {
  readonly count: number
  readonly answers: Answer[]
  readonly resolve: (answers: Answer[]) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout
}

/**
 * The connection to one server, in the meta commands of memcached 1.6 (its `doc/protocol.txt`): commands are pipelined, and
 * answered in order. A server that is silent for `timeout` is left, and connected to anew when somebody asks, after a pause.
 */
export class Connection {
  readonly server: string
  readonly #host: string
  readonly #port: number
  readonly #timeout: number
  #socket: Socket | undefined
  #waiting: Waiting[] = []
  #pending = 0
  #unread: Buffer = Buffer.alloc(0)
  #pause = FIRST_PAUSE
  #retryAt = 0
  #failure: Error | undefined
  #closed = false

  constructor(host: string, port: number, timeout: number) {
    this.#host = host
    this.#port = port
    this.#timeout = timeout
    this.server = `memcached at ${host}:${port}`
  }

  /**
   * Sends commands, in one write.
   * @returns an answer for each
   * @throws StoreError, StoreTimeoutError, ClosedError
   */
  async send(commands: readonly (string | Buffer)[][]): Promise<Answer[]> {
    if (this.#closed) throw new ClosedError('The memcached store')
    if (commands.length === 0) return []
    const socket = this.#connected()
    if (this.#pending + commands.length > MOST_WAITING)
      throw new StoreError(
        `${this.server} has ${this.#pending} commands to answer: nothing more is sent meanwhile`,
      )
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#drop(new StoreTimeoutError(`${this.server} did not answer within ${this.#timeout} ms`))
      }, this.#timeout)
      this.#waiting.push({ count: commands.length, answers: [], resolve, reject, timer })
      this.#pending += commands.length
      socket.cork()
      for (const parts of commands) for (const part of parts) socket.write(part)
      socket.uncork()
    })
  }

  close(): void {
    this.#closed = true
    this.#drop(new ClosedError('The memcached store'))
  }

  #connected(): Socket {
    if (this.#socket) return this.#socket
    if (performance.now() < this.#retryAt) {
      throw new StoreError(
        `${this.server} is not connected: ${this.#failure?.message ?? 'it is tried again in a moment'}`,
      )
    }
    const socket = connect({ host: this.#host, port: this.#port, noDelay: true, keepAlive: true })
    this.#socket = socket
    // An idle connection keeps no process alive; what waits for an answer has a timer.
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
    if (this.#socket !== socket) return
    this.#drop(new StoreError(`${this.server} failed: ${cause.message}`, { cause }))
  }

  /** Leaves the connection: what waits fails. */
  #drop(error: Error): void {
    this.#socket?.destroy()
    this.#socket = undefined
    this.#unread = Buffer.alloc(0)
    this.#failure = error
    this.#retryAt = performance.now() + this.#pause * (0.75 + Math.random() / 2)
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE)
    const waiting = this.#waiting
    this.#waiting = []
    this.#pending = 0
    for (const { reject, timer } of waiting) {
      clearTimeout(timer)
      reject(error)
    }
  }

  #read(bytes: Buffer): void {
    let unread = this.#unread.length > 0 ? Buffer.concat([this.#unread, bytes]) : bytes
    for (;;) {
      const parsed = parseAnswer(unread)
      if (parsed === undefined) break
      if (parsed instanceof Error || this.#waiting.length === 0) {
        const why = parsed instanceof Error ? parsed.message : 'an answer that nobody waits for'
        return this.#drop(
          new StoreError(`${this.server} does not speak the meta protocol (memcached 1.6 or later): ${why}`),
        )
      }
      unread = unread.subarray(parsed.length)
      this.#answered(parsed.answer)
    }
    this.#unread = unread
  }

  #answered(answer: Answer): void {
    const [waiting] = this.#waiting as [Waiting]
    waiting.answers.push(answer)
    this.#pending--
    if (waiting.answers.length < waiting.count) return
    this.#waiting.shift()
    clearTimeout(waiting.timer)
    waiting.resolve(waiting.answers)
  }
}

const END_OF_LINE = Buffer.from('\r\n')
const LONGEST_LINE = 2_048
const KNOWN = new Set(['VA', 'HD', 'EN', 'NS', 'EX', 'NF', 'MN'])

/** The first answer in what was read; undefined: it is not all there. */
function parseAnswer(
  bytes: Buffer,
): { readonly answer: Answer; readonly length: number } | Error | undefined {
  const end = bytes.indexOf(END_OF_LINE)
  if (end === -1) return bytes.length > LONGEST_LINE ? new Error('a line without end') : undefined
  const [code = '', ...flags] = bytes.toString('latin1', 0, end).split(' ')
  // A command that is refused, such as one whose value is too large, is answered like any other.
  if (/^(SERVER_ERROR|CLIENT_ERROR)$/.test(code)) {
    return { answer: { code: `${code} ${flags.join(' ')}`, flags: [], value: undefined }, length: end + 2 }
  }
  if (!KNOWN.has(code)) return new Error(JSON.stringify(bytes.toString('latin1', 0, Math.min(end, 60))))
  if (code !== 'VA') return { answer: { code, flags, value: undefined }, length: end + 2 }
  const size = Number(flags[0])
  if (!Number.isSafeInteger(size) || size < 0) return new Error(`a value of ${flags[0]} bytes`)
  const begin = end + 2
  if (bytes.length < begin + size + 2) return undefined
  return {
    answer: { code, flags: flags.slice(1), value: bytes.subarray(begin, begin + size) },
    length: begin + size + 2,
  }
}
