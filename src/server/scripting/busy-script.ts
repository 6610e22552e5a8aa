import type { Client } from '../clients/client.ts'
import type { Alarm, ServerClock } from '../clock.ts'
import { CommandError } from '../command-error.ts'
import { error, OK } from '../protocol/reply.ts'

/** EVAL runs scripts, FCALL functions. */
export type ScriptKind = 'script' | 'function'

/** A script that ran for longer than `busy-reply-threshold`. */
export interface LongScript {
  readonly kind: ScriptKind
  /** Hash of the script, or name of the function. */
  readonly name: string
  readonly client: Client
  /** Its request. */
  readonly args: readonly string[]
  /** It cannot be killed: half of what it writes would stay. */
  readonly hasWritten: boolean
  /** When it was stopped, in ms since 1970. */
  readonly since: number
  /** The reply if it is killed, and if it is not. */
  readonly killed: CommandError
  readonly tooLong: CommandError
}

/** Time to kill a script. Afterwards its client is answered an error, and the server goes on. */
const BUSY_MS = 60_000

const BUSY: Readonly<Record<ScriptKind, string>> = {
  script: 'BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.',
  function: 'BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.',
}

const NONE = new CommandError('NOTBUSY No scripts in execution right now.')
const UNKILLABLE = new CommandError(
  'UNKILLABLE Sorry the script already executed write commands against the dataset. ' +
    'You can either wait the script termination or kill the server in a hard way using the SHUTDOWN NOSAVE command.',
)

/**
 * The script that keeps a server busy. One process cannot run a script and serve others: the script
 * was stopped after `busy-reply-threshold`. To all clients it still runs, as on Redis: its own
 * waits, the others are answered BUSY until it is killed.
 */
export class BusyScript {
  current: LongScript | undefined
  readonly #clock: ServerClock
  readonly #countError: (client: Client, reply: string) => void
  #alarm: Alarm | undefined

  /** @param countError counts an error that a client is answered that waited */
  constructor(clock: ServerClock, countError: (client: Client, reply: string) => void) {
    this.#clock = clock
    this.#countError = countError
  }

  /** The error that others are answered; undefined if there is no such script. */
  get refusal(): string | undefined {
    return this.current && error(BUSY[this.current.kind])
  }

  /** Refuses what may not be done while there is such a script. @throws CommandError */
  refuse(): void {
    if (this.current) throw new CommandError(BUSY[this.current.kind])
  }

  /** Blocks the client of a script that was stopped. */
  begin(script: Omit<LongScript, 'since'>): void {
    const { client } = script
    this.current = { ...script, since: this.#clock.now }
    this.#alarm = this.#clock.schedule(this.#clock.now + BUSY_MS, () => this.#end(script.tooLong))
    // A client that has gone leaves its script running, as on Redis.
    client.block = {
      release: () => {
        client.block = undefined
      },
    }
  }

  /**
   * SCRIPT KILL and FUNCTION KILL: ends a script.
   *
   * @throws CommandError
   */
  kill(kind: ScriptKind): string {
    const script = this.current
    if (!script) throw NONE
    if (script.hasWritten) throw UNKILLABLE
    if (script.kind !== kind) this.refuse()
    this.#end(script.killed)
    return OK
  }

  #end({ message }: CommandError): void {
    const { client } = this.current as LongScript
    this.#clock.cancel(this.#alarm)
    this.current = undefined
    if (!client.block) return
    client.block = undefined
    const reply = error(message)
    this.#countError(client, reply)
    client.answer(reply)
    client.link.resume()
  }
}
