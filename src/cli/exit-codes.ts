/** Exit codes of all commands. Each command may say more exactly what it means. */
export const EXIT_CODES = {
  0: 'done',
  1: 'findings, nothing found, or some of it failed',
  2: 'the command line, or a module that it names, is wrong; nothing was done',
  3: 'the store, the site or Redis cannot be reached, or refused what was asked',
} as const

/** Values of the exit code. */
export const DONE = 0
export const FOUND = 1
export const USAGE = 2
export const UNREACHABLE = 3
