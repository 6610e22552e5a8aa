import type { Instance } from '../../instance.ts'
import { readScriptHeader } from '../../scripting/script-flags.ts'
import type { TableCommand } from '../command-info.ts'

/**
 * Returns the flags that the script, or the function, of a request declares. They say what the
 * request may do, in the place of those of its command. Undefined if it declares none.
 */
export function declaredFlags(
  { libraries, scripts }: Instance,
  { fullName, group }: TableCommand,
  args: readonly string[],
): ReadonlySet<string> | undefined {
  if (group !== 'scripting') return undefined
  const name = args[1] as string
  switch (fullName) {
    case 'eval':
    case 'eval_ro':
      return headerFlags(name)
    case 'evalsha':
    case 'evalsha_ro':
      return scripts.find(name)?.flags
    case 'fcall':
    case 'fcall_ro':
      return libraries.find(name)?.flags
    default:
      return undefined
  }
}

function headerFlags(text: string): ReadonlySet<string> | undefined {
  try {
    return readScriptHeader(text).flags
  } catch {
    // A header that is wrong is answered when the script is to run.
    return undefined
  }
}
