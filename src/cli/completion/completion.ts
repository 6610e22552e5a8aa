import type { Command } from 'commander'
import { bashScript } from './bash.ts'
import type { Shell } from './completion-command.ts'
import { fishScript } from './fish.ts'
import type { Place } from './place.ts'
import { zshScript } from './zsh.ts'

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript }

/** Returns the script that completes a program in a shell. It starts no process of the program. */
export function completion(shell: Shell, program: Command): string {
  return SCRIPTS[shell](program.name(), placesOf(program, ''))
}

function placesOf(command: Command, path: string): Place[] {
  const help = command.createHelp()
  const commands = help.visibleCommands(command)
  const own: Place = {
    path,
    words: [
      ...commands.map((one) => ({ name: one.name(), description: one.summary() })),
      ...command.registeredArguments.flatMap(({ argChoices = [], description }) =>
        argChoices.map((name) => ({ name, description })),
      ),
    ],
    options: help.visibleOptions(command).flatMap(({ long, short, description, required }) => {
      const name = long?.slice(2)
      return name === undefined ? [] : [{ name, short: short?.slice(1), takesValue: required, description }]
    }),
  }
  return [own, ...commands.flatMap((one) => placesOf(one, `${path} ${one.name()}`))]
}
