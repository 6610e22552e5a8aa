import type { TableCommand } from '../commands/command-info.ts'

const HIDDEN = '(redacted)'

/** Returns the arguments of a request without passwords. */
export function redacted(command: TableCommand, args: readonly string[]): readonly string[] {
  if (command.name === 'auth') return args.map((arg, n) => (n === 0 ? arg : HIDDEN))
  if (command.name !== 'hello') return args
  const shown = [...args]
  for (let n = 2; n < args.length; n++) {
    if ((args[n] as string).toLowerCase() !== 'auth') continue
    if (n + 1 < args.length) shown[n + 1] = HIDDEN
    if (n + 2 < args.length) shown[n + 2] = HIDDEN
    n += 2
  }
  return shown
}
