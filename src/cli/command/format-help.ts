import type { Help, Option } from 'commander'
import { EXIT_CODES } from '../exit-codes.ts'
import { styled } from '../output/colour.ts'
import type { DescribedCommand } from './described-command.ts'

/** Widest help, in columns. */
const WIDEST = 100
/** Widest left column: the description of a longer term begins on a line of its own. */
const WIDEST_TERM = 24

type Row = readonly [term: string, text: string]

/**
 * Returns the help of a command: use, purpose, arguments, options, examples, exit codes. Its styles
 * are removed by the parser where the output has no colours.
 */
export function formatHelp(command: DescribedCommand, helper: Help): string {
  const width = Math.min(process.stdout.columns ?? WIDEST, WIDEST)
  const sections = [
    usageOf(command),
    ...paragraphsOf(command).map((text) => (isVerbatim(text) ? text : wrap(text, width).join('\n'))),
    ...section('Commands', commandRows(command, helper), width),
    ...section('Arguments', argumentRows(command), width),
    ...section('Options', optionRows(command, helper), width),
    ...section('Examples', exampleRows(command), width, 0),
    ...section('Exit codes', exitRows(command), width),
  ]
  return `${sections.join('\n\n')}\n`
}

/** Returns the description as paragraphs: text on one line each, or lines that stay as they are. */
export function paragraphsOf(command: DescribedCommand): string[] {
  const blocks = command.description().split('\n\n')
  return blocks.map((block) => (isVerbatim(block) ? block : block.replaceAll('\n', ' ')))
}

/** Returns true for code and lists, which are indented. */
export function isVerbatim(block: string): boolean {
  return block.startsWith('  ')
}

function exampleRows({ examples }: DescribedCommand): Row[] {
  return examples.map(({ line, effect }) => [`$ ${line}`, effect])
}

/** Returns the command line of a command, such as `onetrip copy <from> <to> [options]`. */
export function usageOf(command: DescribedCommand): string {
  const isGroup = command.commands.length > 0
  const names = command.registeredArguments.map(termOf)
  return [command.path, ...(isGroup ? ['<command>'] : []), ...names, '[options]'].join(' ')
}

function termOf(argument: { name(): string; variadic: boolean; required: boolean }): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`
  return argument.required ? `<${name}>` : `[${name}]`
}

/** Returns the commands of a group, with what each is for. */
export function commandRows(command: DescribedCommand, helper: Help): Row[] {
  return helper
    .visibleCommands(command)
    .map((one) => [[one.name(), ...one.registeredArguments.map(termOf)].join(' '), one.summary()])
}

export function argumentRows(command: DescribedCommand): Row[] {
  return command.registeredArguments.map((argument) => [termOf(argument), argument.description])
}

export function optionRows(command: DescribedCommand, helper: Help): Row[] {
  return helper.visibleOptions(command).map((option) => [option.flags, descriptionOf(option)])
}

function descriptionOf({ description, defaultValue, defaultValueDescription, envVar }: Option): string {
  const shown = defaultValueDescription ?? (defaultValue === undefined ? undefined : String(defaultValue))
  const notes = [
    ...(shown === undefined ? [] : [`default: ${shown}`]),
    ...(envVar === undefined ? [] : [`or set ${envVar}`]),
  ]
  return notes.length === 0 ? description : `${description} (${notes.join('; ')})`
}

/** Returns the exit codes that a command may have. */
export function exitRows(command: DescribedCommand): Row[] {
  if (command.exitCodes.size === 0) return []
  const codes = new Map([
    [0, EXIT_CODES[0]],
    ...command.exitCodes,
    [2, command.exitCodes.get(2) ?? EXIT_CODES[2]],
  ])
  return [...codes].sort(([a], [b]) => a - b).map(([code, meaning]) => [String(code), meaning])
}

/** @param widestTerm terms that are longer stand on a line of their own */
function section(title: string, rows: readonly Row[], width: number, widestTerm = WIDEST_TERM): string[] {
  if (rows.length === 0) return []
  const widest = Math.max(...rows.map(([term]) => term.length).filter((length) => length <= widestTerm), 0)
  const lines = rows.map(([term, text]) => row(term, text, widest, width))
  return [`${styled('bold', `${title}:`)}\n${lines.join('\n')}`]
}

function row(term: string, text: string, widest: number, width: number): string {
  const indent = ' '.repeat(widest > 0 ? widest + 4 : 6)
  const [first = '', ...more] = wrap(text, width - indent.length)
  const rest = more.map((line) => `\n${indent}${line}`).join('')
  if (term.length > widest) return `  ${term}\n${indent}${first}${rest}`
  return `  ${term.padEnd(widest + 2)}${first}${rest}`
}

/** Breaks a text into lines of at most `width` characters, where words allow it. */
function wrap(text: string, width: number): string[] {
  const lines = ['']
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? ''
    if (line === '') lines[lines.length - 1] = word
    else if (line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines
}
