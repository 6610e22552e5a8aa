import type { Client } from '../clients/client.ts'
import type { CommandList } from '../commands/command-info.ts'
import type { Faults } from './faults.ts'
import { quoted } from './quoted.ts'
import { redacted } from './redacted.ts'

/** Most arguments of a request in a line, and their most characters. */
const MAX_ARGUMENTS = 16
const MAX_LENGTH = 128

/** Writes connections and requests to the option `log`. */
export class RequestLog {
  readonly #log: (line: string) => void
  readonly #commands: CommandList
  readonly #faults: Faults

  constructor(log: (line: string) => void, commands: CommandList, faults: Faults) {
    this.#log = log
    this.#commands = commands
    this.#faults = faults
  }

  connected({ link }: Client): void {
    this.#write(`${link.address} connected`)
  }

  refused(address: string, error: string): void {
    this.#write(`${address} refused: ${error}`)
  }

  disconnected({ link }: Client): void {
    this.#write(`${link.address} disconnected`)
  }

  request({ database, link }: Client, args: readonly string[]): void {
    const shown = this.#redacted(args).slice(0, MAX_ARGUMENTS).map(short)
    if (args.length > MAX_ARGUMENTS) shown.push(`... (${args.length - MAX_ARGUMENTS} more)`)
    this.#write(`${link.address} [${database}] ${shown.join(' ')}`)
  }

  #write(line: string): void {
    const tell = (thrown: unknown) => this.#faults.tell('the option log', thrown)
    try {
      // It may be an async function, too: nobody else would take its rejection.
      const result: unknown = this.#log(line)
      if (result instanceof Promise) result.catch(tell)
    } catch (thrown) {
      tell(thrown)
    }
  }

  #redacted(args: readonly string[]): readonly string[] {
    const [name = '', second = ''] = args
    const container = this.#commands.find(name)
    const command = container?.subcommandsByName.get(second.toLowerCase()) ?? container
    return command ? redacted(command, args) : args
  }
}

function short(arg: string): string {
  const more = arg.length - MAX_LENGTH
  return more > 0 ? `${quoted(arg.slice(0, MAX_LENGTH))}... (${more} more bytes)` : quoted(arg)
}
