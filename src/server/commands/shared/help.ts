/**
 * Encodes the reply of a subcommand HELP.
 *
 * @param lines of the subcommands, without HELP itself
 */
export function helpReply(container: string, lines: readonly string[]): string {
  const all = [
    `${container} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`,
    ...lines,
    'HELP',
    '    Prints this help.',
  ]
  return `*${all.length}\r\n${all.map((line) => `+${line}\r\n`).join('')}`
}
