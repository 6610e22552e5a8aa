import type { Timer } from '../../clock.ts'
import { ClosedError, ToolkitError } from '../../errors.ts'
import type { ScriptText } from '../../redis/script-text.ts'
import type { BatchCommand, BatchReply } from '../../redis/send-batch.ts'
import type { Conversions } from '../../redis/waiting-commands.ts'
import type { Commands } from '../commands.ts'
import type { BatchPart, KitContext } from '../kit-context.ts'
import { checkOneSlot } from '../one-slot.ts'
import { QueuedReply } from './queued-reply.ts'
import { unsentBatches } from './unsent-batches.ts'

/** Time for which a caller may wait for a reply of a batch that is not sent, in ms. */
const SEND_WITHIN = 10_000
/** Commands whose first argument is the number of keys. */
const NUMBERED = new Set(['ZUNION', 'ZINTER', 'ZDIFF', 'ZINTERCARD', 'SINTERCARD', 'LMPOP', 'ZMPOP'])

/** How a batch is sent. */
export type BatchKind = 'pipeline' | 'transaction'

interface Queued extends BatchCommand {
  readonly script?: { readonly text: ScriptText; readonly rest: readonly (string | Buffer)[] }
  readonly resolve: (reply: unknown) => void
  readonly reject: (error: unknown) => void
}

/** Keeps the commands of one batch until it is sent. */
export class BatchQueue implements Commands, BatchPart {
  readonly kind: BatchKind
  readonly #context: KitContext
  #queued: Queued[] = []
  readonly #delivered = new Set<Promise<unknown>>()
  /** Those of a callback after the batch was sent, for which none waits yet. */
  readonly #late = new Set<Promise<unknown>>()
  #spoilt: { readonly error: unknown } | undefined
  #sent = false
  #timer: Timer | undefined
  #onWait: (() => void) | undefined

  constructor(context: KitContext, kind: BatchKind) {
    this.#context = context
    this.kind = kind
  }

  get size(): number {
    return this.#queued.length
  }

  get isSent(): boolean {
    return this.#sent
  }

  /**
   * Calls this, instead of limiting the wait, when a caller waits for a reply before it is sent.
   */
  onWait(fn: () => void): void {
    this.#onWait = fn
  }

  call(command: string, args: readonly (string | Buffer)[]): Promise<unknown> {
    const key = String(NUMBERED.has(command) ? args[1] : args[0])
    return this.#add({ command, args, key })
  }

  request<T>(
    command: string,
    args: readonly (string | Buffer)[],
    { read, refuse }: Conversions<T>,
  ): Promise<T> {
    return this.call(command, args).then(read, (error: unknown) => {
      throw refuse ? refuse(error) : error
    })
  }

  runBuffer(text: ScriptText, keys: readonly string[], args: readonly (string | Buffer)[]): Promise<unknown> {
    const rest = [String(keys.length), ...keys, ...args]
    return this.#add({ command: 'EVAL', args: rest, key: keys[0] ?? '', script: { text, rest } })
  }

  spoil(error: unknown): void {
    this.#spoilt ??= { error }
  }

  deliver<T>(reply: Promise<T>): Promise<T> {
    // A method that calls another one: its reply is delivered already, and none waits for it yet.
    if (reply instanceof QueuedReply) return reply
    // Too late, like any call that fails: it is an unhandled rejection if none waits for it.
    if (this.#sent && !this.#onWait) return reply
    const all = this.#sent ? this.#late : this.#delivered
    all.add(reply)
    // exec(), or the end of the callback, reports it.
    reply.catch(() => {})
    const queued = QueuedReply.of(reply, () => {
      this.#late.delete(reply)
      this.#waits()
    })
    Promise.prototype.then.call(queued, undefined, () => {})
    return queued
  }

  /** Drops all commands. Their promises reject. */
  clear(cause?: unknown): void {
    const dropped = this.#queued
    this.#queued = []
    this.#delivered.clear()
    this.#spoilt = undefined
    this.#endTimer()
    const error =
      cause instanceof ClosedError ? cause : this.#error('its commands were dropped, and not sent', cause)
    for (const { reject } of dropped) reject(error)
  }

  /** Drops all commands, and refuses others from now on. */
  abandon(cause: unknown): void {
    this.#sent = true
    this.clear(cause)
  }

  /**
   * Ends the callback that filled the batch.
   *
   * @throws the error of a call that came after the batch was sent, and for which none waits
   */
  async endCallback(): Promise<void> {
    this.#onWait = undefined
    await Promise.all(this.#late)
  }

  /** Sends all commands. Rejects with the first error of one of them, when all have settled. */
  async exec(): Promise<void> {
    this.#context.client.checkOpen()
    if (this.#sent) throw this.#error('it was sent before: make another one')
    if (this.#spoilt) {
      const { error } = this.#spoilt
      this.clear(error)
      throw error
    }
    const queued = this.#queued
    if (this.kind === 'transaction') {
      const keys = queued.map(({ key }) => key)
      checkOneSlot(this.#context.client, 'The transaction', keys)
    }
    this.#sent = true
    this.#endTimer()
    if (queued.length > 0) await this.#send(queued)
    for (const settled of await Promise.allSettled(this.#delivered))
      if (settled.status === 'rejected') throw settled.reason
  }

  async #send(queued: readonly Queued[]): Promise<void> {
    let replies: readonly BatchReply[]
    try {
      replies = await this.#context.client.batch(this.kind, withScripts(queued, this.#context))
    } catch (error) {
      for (const { reject } of queued) reject(error)
      throw error
    }
    let first: Error | undefined
    for (const [at, { resolve, reject }] of queued.entries()) {
      const [error, reply] = replies[at] ?? [this.#error('Redis did not run it'), null]
      if (error) reject(error)
      else resolve(reply)
      first ??= error ?? undefined
    }
    // Those that were delivered have a better message.
    if (first && this.#delivered.size < queued.length) throw first
  }

  #add(command: BatchCommand & Pick<Queued, 'script'>): Promise<unknown> {
    if (this.#sent) return Promise.reject(this.#error('it was sent before: make another one'))
    return new Promise((resolve, reject) => {
      this.#queued.push({ ...command, resolve, reject })
    })
  }

  #waits(): void {
    if (this.#sent) return
    if (this.#onWait) return this.#onWait()
    const { client, clock } = this.#context
    if (client.closed) return this.abandon(client.closedError())
    unsentBatches(client).add(this)
    this.#timer ??= clock.setTimeout(() => this.#expire(), SEND_WITHIN)
  }

  #endTimer(): void {
    const { client, clock } = this.#context
    unsentBatches(client).delete(this)
    clock.clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #expire(): void {
    if (this.#sent) return
    this.abandon(new Error(`exec() was not called within ${SEND_WITHIN / 1_000} s of a wait for a reply`))
  }

  #error(what: string, cause?: unknown): ToolkitError {
    return new ToolkitError(`The ${this.kind}: ${what}`, { reason: 'batch', cause })
  }
}

/**
 * Gives the text of each script where it comes first, and its SHA-1 after that: a script that Redis
 * does not know would fail when the others were run.
 */
function withScripts(queued: readonly Queued[], { client }: KitContext): BatchCommand[] {
  const known = new Set<string>()
  return queued.map(({ command, args, key, script }) => {
    if (!script) return { command, args, key }
    const { text, rest } = script
    // In a cluster another node would not know it.
    const isKnown = known.has(text.sha) && !client.isCluster
    known.add(text.sha)
    return isKnown
      ? { command: 'EVALSHA', args: [text.sha, ...rest], key }
      : { command: 'EVAL', args: [text.text, ...rest], key }
  })
}
