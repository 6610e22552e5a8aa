import { styleText } from 'node:util'
import type { Output } from './output.ts'

type Style = Parameters<typeof styleText>[0]

/** Returns a text in a style. */
export type Paint = (style: Style, text: string) => string

/**
 * Returns a function that styles text for an output: only on a terminal, unless `NO_COLOR` or
 * `FORCE_COLOR` decide (https://no-color.org, https://force-color.org).
 */
export function paintFor(output: Output, environment = process.env): Paint {
  return hasColours(output, environment) ? styled : (_, text) => text
}

/** Returns a text in a style, whatever it is printed to. */
export function styled(style: Style, text: string): string {
  // Node from 20.18 on would look at stdout, and not at the output that is meant.
  return styleText(style, text, { validateStream: false })
}

function hasColours(output: Output, { NO_COLOR, FORCE_COLOR, TERM }: NodeJS.ProcessEnv): boolean {
  if (NO_COLOR) return false
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false'
  return output.isTTY === true && TERM !== 'dumb'
}
