import type { Socket } from 'node:net'
import type { Faults } from '../monitoring/faults.ts'
import { error } from '../protocol/reply.ts'
import { ProtocolError, RequestParser } from '../protocol/request-parser.ts'
import type { BufferLimits } from './buffer-limits.ts'
import type { Client, ClientLink } from './client.ts'
import type { Flushable, Outbox } from './outbox.ts'

/** Output that is sent before the running chunk ends, in characters. */
const MAX_OUTPUT = 1024 * 1024
/** Output that the client has not taken: beyond it no more requests are run. In bytes. */
const MAX_UNSENT = 16 * 1024 * 1024

/** Counts of all connections. */
export interface Traffic {
  inputBytes: number
  outputBytes: number
}

/** The server, as its connections need it. */
export interface ConnectionHost {
  readonly outbox: Outbox
  readonly bufferLimits: BufferLimits
  readonly stats: Traffic
  readonly faults: Faults
}

/** Runs one request of this connection. Returns the reply. */
export type RunRequest = (args: readonly string[]) => string

/**
 * The socket of a client: splits what arrives into requests, and sends replies, in one write for
 * each chunk.
 */
export class Connection implements ClientLink, Flushable {
  readonly address: string
  readonly localAddress: string
  readonly #socket: Socket
  readonly #host: ConnectionHost
  readonly #parser: RequestParser
  #client: Client | undefined
  #run: RunRequest = () => ''
  #output = ''
  #inOutbox = false
  #mustResume = false
  #postponed: readonly string[] | undefined

  constructor(socket: Socket, host: ConnectionHost, authenticated: boolean) {
    // A socket forgets them when it is closed.
    this.address = addressOf(socket.remoteAddress, socket.remotePort)
    this.localAddress = addressOf(socket.localAddress, socket.localPort)
    this.#socket = socket
    this.#host = host
    this.#parser = new RequestParser(authenticated)
    socket.setNoDelay(true)
  }

  get unread(): number {
    return this.#parser.pending
  }

  get unsent(): number {
    return this.#output.length + this.#socket.writableLength
  }

  /** Begins to run requests. */
  open(client: Client, run: RunRequest): void {
    this.#client = client
    this.#run = run
  }

  /** Takes a chunk of requests. */
  receive(chunk: Buffer): void {
    if (this.#client?.ended) return
    this.#host.stats.inputBytes += chunk.length
    this.#parser.push(chunk)
    this.#runRequests()
    if (this.#parser.held > this.#host.bufferLimits.query) this.#client?.kill()
  }

  resume(): void {
    this.#mustResume = true
    this.send('')
  }

  postpone(args: readonly string[]): void {
    this.#postponed = args
  }

  /** Runs the requests that have arrived, as far as the client is not blocked. */
  #runRequests(): void {
    const client = this.#client
    if (!client || client.isRunning) return
    client.isRunning = true
    try {
      this.#runAll(client)
    } catch (thrown) {
      // Where the next request begins, and what is answered already, is not known.
      this.#host.faults.tell('a connection', thrown)
      client.kill()
    } finally {
      client.isRunning = false
      this.#updateReading()
    }
  }

  #runAll(client: Client): void {
    const parser = this.#parser
    while (!client.block && !client.ended && this.#socket.writableLength < MAX_UNSENT) {
      parser.authenticated = client.authenticated
      let args: readonly string[] | undefined
      try {
        args = this.#takePostponed() ?? parser.next()
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

  #takePostponed(): readonly string[] | undefined {
    const args = this.#postponed
    this.#postponed = undefined
    return args
  }

  #answer(client: Client, reply: string): void {
    // A blocked client is answered later.
    if (reply === '' && client.block !== undefined) client.releasePushes()
    else client.answer(reply)
  }

  /** Nothing more is read than a client may have waiting. */
  #updateReading(): void {
    const full = this.#parser.pending > MAX_UNSENT && this.#client?.block !== undefined
    if (full || this.#socket.writableLength >= MAX_UNSENT) this.#socket.pause()
    else if (this.#socket.isPaused()) this.#socket.resume()
  }

  send(text: string): void {
    // Together they might be longer than a string can be.
    if (this.#output.length + text.length > MAX_OUTPUT) this.#write()
    this.#output += text
    if (this.#inOutbox) return
    this.#inOutbox = true
    this.#host.outbox.add(this)
  }

  push(text: string): void {
    const client = this.#client
    if (client && this.#host.bufferLimits.isExceeded(client, this.unsent + text.length)) client.kill()
    else this.send(text)
  }

  flush(): void {
    while (this.#mustResume) {
      this.#mustResume = false
      this.#runRequests()
    }
    this.#inOutbox = false
    this.#write()
    if (this.#client?.ended) this.#socket.destroySoon()
  }

  #write(): void {
    const output = this.#output
    this.#output = ''
    if (output !== '' && this.#socket.writable) {
      this.#host.stats.outputBytes += output.length
      this.#socket.write(output, 'latin1')
    }
  }

  end(): void {
    this.send('')
  }

  destroy(): void {
    this.#output = ''
    this.#socket.destroy()
  }
}

/** Writes an address as Redis does: one of IPv6 in brackets. */
function addressOf(host = '?', port = 0): string {
  const shown = host.startsWith('::ffff:') ? host.slice('::ffff:'.length) : host
  return shown.includes(':') ? `[${shown}]:${port}` : `${shown}:${port}`
}
