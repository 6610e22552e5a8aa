import {
  argumentRows,
  exitRows,
  isVerbatim,
  optionRows,
  paragraphsOf,
  usageOf,
} from '../../dist/cli/command/format-help.js'
import { EXIT_CODES } from '../../dist/cli/exit-codes.js'
import { createProgram } from '../../dist/cli/program.js'

/** @typedef {import('../../dist/cli/command/cli-command.js').CliCommand} CliCommand */

const INTRODUCTION = `# Command line

\`npx onetrip\` checks templates, and shows and changes what caches and queues hold. This page is made from the help of the commands by \`npm run docs:cli\`; \`onetrip <command> --help\` shows the same.

## Reaching the cache of a site

A command reaches a cache by the address of its store, \`--store redis://localhost:6379\`, and the options \`prefix\` and \`release\` of the cache, where it has them. \`ONETRIP_STORE\`, \`ONETRIP_PREFIX\` and \`ONETRIP_RELEASE\` in the environment stand for these three. Or it imports a module that exports the cache, \`--cache ./cache.js\`, and so has all of its options: a cache with \`defaultVary\`, with versioned parts, with a store of your own, or with secrets needs that. Commands that read queues or metrics need a Redis: \`redis://\`, \`rediss://\`, or \`redis-cluster://a:7000,b:7000\`.

## Output

Results go to stdout, notes and questions to stderr. \`--json\` prints JSON for other programs. Colours appear on a terminal only; \`NO_COLOR=1\` switches them off, \`FORCE_COLOR=1\` on. Passwords in addresses are replaced in messages. Commands that remove something ask before; without a terminal they need \`--yes\`.
`

/** Returns the text of docs/cli.md. */
export function cliReference() {
  const program = createProgram()
  const commands = leavesOf(program)
  const list = commands.map(
    (command) => `| [${command.path}](#${anchorOf(command)}) | ${command.summary()} |`,
  )
  return [
    INTRODUCTION,
    section('Exit codes', ['code', 'meaning'], Object.entries(EXIT_CODES)),
    `## Commands\n\n| command | purpose |\n| --- | --- |\n${list.join('\n')}\n`,
    ...commands.map(referenceOf),
  ].join('\n')
}

/**
 * Returns the commands that run something.
 * @param {CliCommand} command
 * @returns {CliCommand[]}
 */
export function leavesOf(command) {
  const inner = /** @type {CliCommand[]} */ ([...command.commands])
  return inner.flatMap((one) => (one.commands.length === 0 ? [one] : leavesOf(one)))
}

/** @param {CliCommand} command */
function referenceOf(command) {
  const help = command.createHelp()
  const examples = command.examples.map(
    ({ line, effect }) => `    # ${effect}\n    $ ${line.replace(/^onetrip/, 'npx onetrip')}`,
  )
  return [
    `## ${command.path}\n`,
    `    ${usageOf(command)}\n`,
    ...paragraphsOf(command).map((text) => `${isVerbatim(text) ? text.replaceAll(/^/gm, '  ') : text}\n`),
    table(['argument', 'meaning'], argumentRows(command), code),
    table(['option', 'meaning'], optionRows(command, help), code),
    `${examples.join('\n\n')}\n`,
    table(['exit code', 'meaning'], exitRows(command)),
  ]
    .filter((text) => text !== '')
    .join('\n')
}

/** @param {CliCommand} command */
function anchorOf(command) {
  return command.path.replaceAll(' ', '-')
}

/**
 * @param {string} title
 * @param {readonly string[]} names
 * @param {readonly (readonly [string, string])[]} rows
 */
function section(title, names, rows) {
  return `## ${title}\n\n${table(names, rows)}`
}

/**
 * @param {readonly string[]} names
 * @param {readonly (readonly [string, string])[]} rows
 * @param {(text: string) => string} first returns the first cell
 */
function table(names, rows, first = (text) => text) {
  if (rows.length === 0) return ''
  const lines = rows.map(([term, text]) => `| ${first(term)} | ${text.replaceAll('|', '\\|')} |`)
  return `| ${names.join(' | ')} |\n| --- | --- |\n${lines.join('\n')}\n`
}

/** @param {string} text */
function code(text) {
  return `\`${text}\``
}
