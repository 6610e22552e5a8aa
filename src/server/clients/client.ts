import { RESP2, type ReplyForm } from '../protocol/reply-form.ts'

/** What a client sends and receives through: a connection. */
export interface ClientLink {
  /** Address and port of the client, `127.0.0.1:50000`. */
  readonly address: string
  /** Address and port of the server. */
  readonly localAddress: string
  /** Adds to what is sent at the end of the running chunk of requests. */
  send(text: string): void
  /** Closes the connection, after what was added is sent. */
  end(): void
  /** Goes on with the requests that arrived while the client was blocked. */
  resume(): void
}

/** Why a client does not go on: BLPOP, XREAD, WAIT ... */
export interface Block {
  /** Ends the block without a reply; the client's next requests are not run yet. */
  release(): void
  /** Ends it as its timeout does, for CLIENT UNBLOCK. */
  timeOut(): void
  /** Ends it with an error, for CLIENT UNBLOCK. */
  fail(error: string): void
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
  libraryName = ''
  libraryVersion = ''
  form: ReplyForm = RESP2
  authenticated: boolean
  replyMode: ReplyMode = 'on'
  /** The name of the last command, with its subcommand: `client|list`. */
  lastCommand = ''
  /** Index of its database. */
  database = 0
  block: Block | undefined
  /** Channels and patterns that it is subscribed to: set by the commands of pub/sub. */
  subscriptions = 0
  /** It was told that it is closed: what it sends is not run any more. */
  ended = false
  noEvict = false
  noTouch = false
  /** Called when a request is refused before it runs: fails a transaction under way. */
  onRefusal: (() => void) | undefined
  /** Called when the connection is closed, by whoever keeps state about this client. */
  readonly onClose: (() => void)[] = []

  constructor(id: number, link: ClientLink, now: number, authenticated: boolean) {
    this.id = id
    this.link = link
    this.createdAt = now
    this.lastUsedAt = now
    this.authenticated = authenticated
  }

  /** Sends something that is no reply to a command under way: a message, an invalidation. */
  push(text: string): void {
    if (!this.ended) this.link.send(text)
  }

  /** Closes the connection, after the replies so far. */
  end(): void {
    this.ended = true
    this.link.end()
  }
}
