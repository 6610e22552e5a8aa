import { createInterface } from 'node:readline/promises'
import { Option } from 'commander'
import { UsageError } from './command/usage-error.ts'

/** The terminal that a question is asked at. */
export interface Asking {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean }
  readonly output: NodeJS.WritableStream & { readonly isTTY?: boolean }
}

/** Returns the option `--yes`, of commands that ask before they remove something. */
export function yesOption(): Option {
  return new Option('-y, --yes', 'do not ask; needed where there is no terminal')
}

/**
 * Asks before something is removed. No answer is no.
 * @param effect completes "This ..."
 * @throws UsageError where there is no terminal to ask at
 */
export async function confirm(
  effect: string,
  yes: boolean | undefined,
  { input, output }: Asking = { input: process.stdin, output: process.stderr },
): Promise<boolean> {
  if (yes) return true
  if (!input.isTTY || !output.isTTY)
    throw new UsageError(`This ${effect}. Give --yes: there is no terminal to ask at.`)
  const asking = createInterface({ input, output })
  const closed = new Promise<string>((resolve) => {
    // Ctrl-C and Ctrl-D.
    asking.once('SIGINT', () => resolve('')).once('close', () => resolve(''))
  })
  try {
    const answer = await Promise.race([asking.question(`This ${effect}. Go on? [y/N] `), closed])
    return /^y(es)?$/i.test(answer.trim())
  } finally {
    asking.close()
  }
}
