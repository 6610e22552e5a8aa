import { Command, type CommanderError } from 'commander'
import { usageErrorOf } from './command-errors.ts'
import type { DescribedCommand, Example } from './described-command.ts'
import { formatHelp } from './format-help.ts'

/** A command that runs a function, and explains itself. */
export class CliCommand extends Command implements DescribedCommand {
  readonly examples: Example[] = []
  readonly exitCodes = new Map<number, string>()

  constructor(name?: string) {
    super(name)
    this.exitOverride((error: CommanderError) => {
      const hasHelped = error.exitCode === 0 || error.code === 'commander.help'
      throw hasHelped ? error : usageErrorOf(this, error)
    })
    // Messages are printed by the entry point, without passwords.
    this.configureOutput({ outputError: () => {} })
    this.configureHelp({ formatHelp: (_, helper) => formatHelp(this, helper) })
    this.helpOption('-h, --help', 'show this help')
    this.helpCommand(false)
  }

  override createCommand(name?: string): CliCommand {
    return new CliCommand(name)
  }

  get path(): string {
    return this.parent ? `${(this.parent as CliCommand).path} ${this.name()}` : this.name()
  }

  /** Adds an example to the help. The first one is also shown when an argument is missing. */
  example(line: string, effect: string): this {
    this.examples.push({ line, effect })
    return this
  }

  /** Documents an exit code. */
  exits(code: number, meaning: string): this {
    this.exitCodes.set(code, meaning)
    return this
  }

  /** Sets the function that runs the command, and returns its exit code. */
  runs<Given extends unknown[]>(run: (...given: Given) => Promise<number>): this {
    return this.action(async (...given: unknown[]) => {
      // The last one is the command itself.
      process.exitCode = await run(...(given.slice(0, -1) as Given))
    })
  }
}
