import type { Socket } from 'node:net'
import { error } from '../protocol/reply.ts'
import { ProtocolError, RequestParser } from '../protocol/request-parser.ts'
import type { Client, ClientLink } from './client.ts'
import type { Flushable, Outbox } from './outbox.ts'

/** Output that is sent before the running chunk ends, in characters. */
const MAX_OUTPUT = 1024 * 1024
/** Output that the client has not taken: beyond it no more requests are run. In bytes. */
const MAX_UNSENT = 16 * 1024 * 1024

/** Runs one request of this connection. Returns the reply. */
export type RunRequest = (args: readonly string[]) => string

/** The socket of a client: splits what arrives into requests, and sends replies, one write for each chunk. */
export class Connection implements ClientLink, Flushable {
  readonly #socket: Socket
  readonly #outbox: Outbox
  readonly #parser: RequestParser
  #client: Client | undefined
  #run: RunRequest = () => ''
  #output = ''
  #inOutbox = false
  #running = false

  constructor(socket: Socket, outbox: Outbox, authenticated: boolean) {
    this.#socket = socket
    this.#outbox = outbox
    this.#parser = new RequestParser(authenticated)
    socket.setNoDelay(true)
    socket.on('drain', () => this.resume())
  }

  get address(): string {
    return `${this.#socket.remoteAddress}:${this.#socket.remotePort}`
  }

  get localAddress(): string {
    return `${this.#socket.localAddress}:${this.#socket.localPort}`
  }

  /** Begins to run requests. */
  open(client: Client, run: RunRequest): void {
    this.#client = client
    this.#run = run
  }

  /** Takes a chunk of requests. */
  receive(chunk: Buffer): void {
    this.#parser.push(chunk)
    this.resume()
  }

  /** Runs the requests that have arrived, as far as the client is not blocked. */
  resume(): void {
    const client = this.#client
    if (!client || this.#running) return
    this.#running = true
    try {
      this.#runAll(client)
    } finally {
      this.#running = false
      this.#updateReading()
    }
  }

  #runAll(client: Client): void {
    const parser = this.#parser
    while (!client.block && !client.ended && this.#socket.writableLength < MAX_UNSENT) {
      parser.authenticated = client.authenticated
      let args: string[] | undefined
      try {
        args = parser.next()
      } catch (thrown) {
        if (!(thrown instanceof ProtocolError)) throw thrown
        this.send(error(`ERR Protocol error: ${thrown.message}`))
        client.end()
        return
      }
      if (args === undefined) return
      this.#answer(client, this.#run(args))
      if (this.#output.length > MAX_OUTPUT) this.flush()
    }
  }

  #answer(client: Client, reply: string): void {
    if (client.replyMode === 'on') {
      if (reply !== '') this.send(reply)
    } else if (client.replyMode === 'skip-next') client.replyMode = 'skip'
    else if (client.replyMode === 'skip') client.replyMode = 'on'
  }

  /** Nothing more is read than a client may have waiting. */
  #updateReading(): void {
    const full = this.#parser.pending > MAX_UNSENT && this.#client?.block !== undefined
    if (full || this.#socket.writableLength >= MAX_UNSENT) this.#socket.pause()
    else if (this.#socket.isPaused()) this.#socket.resume()
  }

  send(text: string): void {
    this.#output += text
    if (this.#inOutbox) return
    this.#inOutbox = true
    this.#outbox.add(this)
  }

  flush(): void {
    this.#inOutbox = false
    const output = this.#output
    if (output === '') return
    this.#output = ''
    if (this.#socket.writable) this.#socket.write(output, 'latin1')
    if (this.#client?.ended) this.#socket.end()
  }

  end(): void {
    this.send('')
    if (this.#output === '') this.#socket.end()
  }
}
