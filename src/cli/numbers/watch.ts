import { type Clock, processClock } from '../../clock.ts'
import type { Output } from '../output/output.ts'

const HOME = '\u001b[H'
const CLEAR_LINE = '\u001b[K'
const CLEAR_REST = '\u001b[J'
const HIDE_CURSOR = '\u001b[?25l'
const SHOW_CURSOR = '\u001b[?25h'
/** A screen of its own, so that what stood on the terminal is there again afterwards. */
const OTHER_SCREEN = '\u001b[?1049h'
const FIRST_SCREEN = '\u001b[?1049l'

/**
 * Prints a text again and again, until SIGINT or SIGTERM. On a terminal it stands in one place.
 *
 * @param show makes the text
 * @param interval pause between two texts, in ms
 * @param redraws replaces the text before; false for lines
 * @throws what `show` throws
 */
export async function watch(
  show: () => Promise<string>,
  interval: number,
  output: Output,
  redraws: boolean,
  clock: Clock = processClock,
): Promise<void> {
  let stopped = false
  let wake = () => {}
  const stop = () => {
    stopped = true
    wake()
  }
  const onScreen = redraws && output.isTTY === true
  process.once('SIGINT', stop).once('SIGTERM', stop)
  if (onScreen) output.write(OTHER_SCREEN + HIDE_CURSOR)
  try {
    while (!stopped) {
      const text = await show()
      if (stopped) break
      output.write(onScreen ? screenOf(text) : text)
      await new Promise<void>((resolve) => {
        const timer = clock.setTimeout(resolve, interval)
        wake = () => {
          clock.clearTimeout(timer)
          resolve()
        }
      })
    }
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop)
    if (onScreen) output.write(SHOW_CURSOR + FIRST_SCREEN)
  }
}

function screenOf(text: string): string {
  return HOME + text.replaceAll('\n', `${CLEAR_LINE}\n`) + CLEAR_REST
}
