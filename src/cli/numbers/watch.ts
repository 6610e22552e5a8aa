import { type Clock, processClock, sleep } from '../../clock.ts'
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
  let stop = () => {}
  const stopped = new Promise<undefined>((resolve) => {
    stop = () => resolve(undefined)
  })
  const onScreen = redraws && output.isTTY === true
  process.once('SIGINT', stop).once('SIGTERM', stop)
  let begin = onScreen ? OTHER_SCREEN + HIDE_CURSOR : ''
  try {
    // A look that waits for a server does not delay the end.
    for (let text = await Promise.race([show(), stopped]); text !== undefined; ) {
      output.write(begin + (onScreen ? screenOf(text, output) : text))
      begin = ''
      text = await Promise.race([sleep(interval, clock).then(show), stopped])
    }
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop)
    if (onScreen && begin === '') output.write(SHOW_CURSOR + FIRST_SCREEN)
  }
}

/** Returns a text in place of the one before, without what the terminal has no room for. */
function screenOf(text: string, { rows = 24, columns = 80 }: Output): string {
  const lines = text.split('\n').slice(0, rows - 1)
  // A line with styles is short.
  const cut = lines.map((line) => (line.includes('\u001b') ? line : line.slice(0, columns)))
  return HOME + cut.map((line) => `${line}${CLEAR_LINE}\n`).join('') + CLEAR_REST
}
