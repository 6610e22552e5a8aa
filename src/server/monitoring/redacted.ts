import type { TableCommand } from '../commands/command-info.ts'

const HIDDEN = '(redacted)'

/** Returns the arguments of a request without passwords. */
export function redacted({ fullName }: TableCommand, args: readonly string[]): readonly string[] {
  switch (fullName) {
    case 'auth':
      return args.map((arg, n) => (n === 0 ? arg : HIDDEN))
    case 'config|set':
      return args.map((arg, n) => (args[n - 1]?.toLowerCase() === 'requirepass' ? HIDDEN : arg))
    case 'hello':
      return withoutCredentials(args)
    default:
      return args
  }
}

/** Hides name and password after AUTH. */
function withoutCredentials(args: readonly string[]): readonly string[] {
  const shown = [...args]
  for (let n = 2; n < args.length; n++) {
    if ((args[n] as string).toLowerCase() !== 'auth') continue
    if (n + 1 < args.length) shown[n + 1] = HIDDEN
    if (n + 2 < args.length) shown[n + 2] = HIDDEN
    n += 2
  }
  return shown
}
