import { CallStats } from './call-stats.ts'
import type { CommandDefinition, Handler } from './command.ts'
import type { CommandFlag, CommandInfo, CommandList, TableCommand } from './command-info.ts'
import { parseKeySpec } from './key-specs.ts'

/** A command that can be run. */
export interface RunnableCommand extends TableCommand {
  readonly handler?: Handler
  readonly subcommandsByName: ReadonlyMap<string, RunnableCommand>
}

/** All commands, looked up by name in any case. */
export class CommandTable implements CommandList {
  readonly all = new Map<string, RunnableCommand>()
  /** Names in lower and in upper case, so that these are found without a conversion. */
  readonly #byName = new Map<string, RunnableCommand>()

  constructor(definitions: readonly CommandDefinition[]) {
    for (const definition of definitions) this.add(definition)
  }

  /** Adds a command, in the place of one of the same name. */
  add(definition: CommandDefinition): void {
    const command = runnable(definition, '')
    const { name } = command
    this.all.set(name, command)
    this.#byName.set(name, command)
    this.#byName.set(name.toUpperCase(), command)
  }

  /** Returns the command of a request, without its subcommand. */
  get(name: string): RunnableCommand | undefined {
    return this.#byName.get(name) ?? this.all.get(name.toLowerCase())
  }

  find(name: string): RunnableCommand | undefined {
    const at = name.indexOf('|')
    if (at < 0) return this.get(name)
    return this.get(name.slice(0, at))?.subcommandsByName.get(name.slice(at + 1).toLowerCase())
  }
}

function runnable(definition: CommandDefinition, container: string): RunnableCommand {
  const fullName = container === '' ? definition.name : `${container}|${definition.name}`
  const subcommands = (definition.subcommands ?? []).map(
    (one) => [one.name, runnable(one, fullName)] as const,
  )
  return {
    ...(definition satisfies CommandInfo),
    fullName,
    flagSet: new Set(definition.flags.split(' ').filter(Boolean) as CommandFlag[]),
    keySpecs: [definition.keys ?? []].flat().map(parseKeySpec),
    isContainer: definition.handler === undefined,
    stats: new CallStats(),
    subcommandsByName: new Map(subcommands),
  }
}
