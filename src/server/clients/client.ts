import { RESP2, type ReplyForm } from '../protocol/reply-form.ts'

/** The connection of a client. */
export interface ClientLink {
  /** Address and port of the client, `127.0.0.1:50000`. */
  readonly address: string
  /** Address and port of the server. */
  readonly localAddress: string
  /** Adds to what is sent at the end of the running chunk of requests. */
  send(text: string): void
  /** Sends something that is no reply. A client that leaves too much of it unread is closed. */
  push(text: string): void
  /** Closes the connection, after what was added is sent. */
  end(): void
  /** Closes the connection at once. */
  destroy(): void
  /** Goes on with requests that came while the client was blocked, after the running chunk. */
  resume(): void
  /** Keeps a request of a client that was blocked meanwhile: `resume()` begins with it. */
  postpone(args: readonly string[]): void
  /** Bytes that were received, and not run yet. */
  readonly unread: number
  /** Bytes that were not sent yet. */
  readonly unsent: number
}

/** A command that blocks its client: BLPOP, XREAD, WAIT ... */
export interface Block {
  /** Ends the block without a reply; the client's next requests are not run yet. */
  release(): void
  /** Ends it as its timeout does, for CLIENT UNBLOCK. Absent if that cannot end the block. */
  timeOut?(): void
  /** Ends it with an error, for CLIENT UNBLOCK. */
  fail?(error: string): void
}

/** CLIENT REPLY: all replies, none, or none for the next command. */
export type ReplyMode = 'on' | 'off' | 'skip-next' | 'skip'

/** A client of the server. Each type of command keeps its state about a client elsewhere. */
export class Client {
  readonly id: number
  readonly link: ClientLink
  /** In ms since 1970. */
  readonly createdAt: number
  lastUsedAt: number
  name = ''
  form: ReplyForm = RESP2
  authenticated: boolean
  replyMode: ReplyMode = 'on'
  /** The name of the last command, with its subcommand: `client|list`. */
  lastCommand = 'NULL'
  /** Index of its database. */
  database = 0
  block: Block | undefined
  /** Commands that MULTI has queued; -1 outside of a transaction. */
  queued = -1
  /** Channels and patterns that it is subscribed to: set by the commands of pub/sub. */
  subscriptions = 0
  /** It was told that it is closed: what it sends is not run any more. */
  ended = false
  noEvict = false
  /** Since when it leaves much output unread, in ms since 1970. Kept by the output limits. */
  slowSince: number | undefined
  /** Called after each request, while it is set. */
  afterRequest: (() => void) | undefined

  /** True while a request of this client runs: what is to follow its reply is held back. */
  isRunning = false
  #afterReply = ''

  constructor(id: number, link: ClientLink, now: number, authenticated: boolean) {
    this.id = id
    this.link = link
    this.createdAt = now
    this.lastUsedAt = now
    this.authenticated = authenticated
  }

  /** True if requests are queued for EXEC. */
  get inTransaction(): boolean {
    return this.queued >= 0
  }

  /** Sends the reply to a request, unless CLIENT REPLY has turned it off. */
  answer(reply: string): void {
    if (this.replyMode === 'on') {
      if (reply !== '') this.link.send(reply)
    } else if (this.replyMode === 'skip-next') this.replyMode = 'skip'
    else if (this.replyMode === 'skip') this.replyMode = 'on'
    this.releasePushes()
  }

  /** Sends something that is no reply: a message, an invalidation. */
  push(text: string): void {
    if (!this.ended) this.link.push(text)
  }

  /** Pushes after the reply to the request that this client is running. */
  pushAfterReply(text: string): void {
    if (this.isRunning) this.#afterReply += text
    else this.push(text)
  }

  /** Sends what `pushAfterReply()` has held back. */
  releasePushes(): void {
    if (this.#afterReply === '') return
    const text = this.#afterReply
    this.#afterReply = ''
    this.push(text)
  }

  /** Closes the connection, after the replies so far. */
  end(): void {
    this.ended = true
    this.link.end()
  }

  /** Closes the connection at once: what was not sent yet is dropped. */
  kill(): void {
    this.ended = true
    this.link.destroy()
  }
}
