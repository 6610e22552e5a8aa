import type { CommanderError } from 'commander'
import type { DescribedCommand } from './described-command.ts'
import { shown, UsageError } from './usage-error.ts'

/** Returns the error for a command line that the parser refused. */
export function usageErrorOf(command: DescribedCommand, error: CommanderError): UsageError {
  return new UsageError(`${problemOf(command, error)} See ${command.path} --help.`)
}

function problemOf(command: DescribedCommand, { code, message }: CommanderError): string {
  const { path, args } = command
  const [, nearest] = /\(Did you mean (.+)\?\)/.exec(message) ?? []
  const hint = nearest === undefined ? '' : ` Did you mean "${nearest}"?`
  switch (code) {
    case 'commander.unknownCommand':
      return `There is no command "${wordsOf(command)}".${hint}`
    case 'commander.missingArgument': {
      const missing = command.registeredArguments[args.length]
      const [example] = command.examples
      return `${path} needs ${missing?.description}: ${example?.line}.`
    }
    case 'commander.excessArguments': {
      const takes = command.registeredArguments.map((argument) => argument.name())
      const more = args.slice(takes.length).map(shown).join(', ')
      const what =
        takes.length === 1 ? `one ${takes[0]}` : takes.length === 0 ? 'no arguments' : takes.join(' and ')
      return `${path} takes ${what}, not also ${more}.`
    }
    case 'commander.conflictingOption': {
      const names = [...message.matchAll(/--[a-z-]+/g)].map(([name]) => name)
      return `${names.join(' and ')}: choose one.`
    }
    default: {
      const [first = ''] = message.replace(/^error: /, '').split('\n')
      return `${sentence(withoutSpaces(first))}${hint}`
    }
  }
}

/** Returns an unknown command with the words before it. */
function wordsOf({ parent, path, args }: DescribedCommand): string {
  const word = shown(args[0] ?? '')
  return parent ? `${path.slice(path.indexOf(' ') + 1)} ${word}` : word
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`
}

/** Writes arguments that have spaces as one word, so that all of a password in them is hidden. */
function withoutSpaces(message: string): string {
  return process.argv
    .filter((argument) => /\s/.test(argument))
    .reduce((text, argument) => text.replaceAll(argument, shown(argument)), message)
}
