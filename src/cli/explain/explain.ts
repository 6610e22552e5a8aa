import { DONE, FOUND } from '../exit-codes.ts'
import { type Paint, paintFor } from '../output/colour.ts'
import { type Output, writeJson } from '../output/output.ts'
import { printable, table } from '../output/table.ts'
import { bytes, counted, duration } from '../output/units.ts'
import type { ExplainFlags } from './explain-command.ts'
import { type Explanation, requestExplanation } from './request-explanation.ts'
import { waterfall } from './waterfall.ts'

/** Width of the output where it is no terminal, in columns. */
const WIDTH = 100

/** Runs `onetrip explain`. @returns the exit code */
export async function explain(
  url: string,
  { header = [], json }: ExplainFlags,
  output: Output,
  notes: Output,
): Promise<number> {
  const explained = await requestExplanation(url, header)
  if ('unexplained' in explained) {
    notes.write(`${printable(explained.unexplained)}\n`)
    return FOUND
  }
  if (json) writeJson(output, explained)
  else output.write(textOf(explained, paintFor(output), output.columns ?? WIDTH))
  return DONE
}

function textOf(explained: Explanation, paint: Paint, width: number): string {
  const { page, hits, stale, misses, trips, runs, fragments, waterfall: steps, omitted } = explained
  const title = [page.route, page.template].filter((name) => name !== undefined).join(', ')
  const summary = `${duration(page.duration)}; ${counted(hits, 'hit')}, ${stale} stale, ${counted(misses, 'miss', 'misses')}; ${counted(trips, 'round trip')}, ${counted(runs, 'run')} of its templates`
  return [
    `${paint('bold', printable(title))}\n${summary}\n`,
    ...(page.notStored === undefined ? [] : [`Nothing of it is stored: ${printable(page.notStored)}\n`]),
    ...(fragments.length === 0 ? [] : [fragmentsOf(explained, paint)]),
    waterfall(steps, width),
    ...(omitted === 0 ? [] : [`${counted(omitted, 'step or fragment', 'steps or fragments')} left out.\n`]),
  ].join('\n')
}

const COLOURS = { hit: 'green', stale: 'yellow', miss: 'red' } as const

function fragmentsOf({ fragments }: Explanation, paint: Paint): string {
  const lines = table(
    [
      { title: 'STATE', cell: ({ state }) => state },
      { title: 'FRAGMENT', cell: ({ name }) => name },
      { title: 'AT', cell: ({ template, line }) => `${template}:${line}` },
      { title: 'AGE', cell: ({ age }) => (age === undefined ? '' : duration(age)), align: 'right' },
      { title: 'COST', cell: ({ cost }) => duration(cost), align: 'right' },
      { title: 'SIZE', cell: (fragment) => bytes(fragment.bytes), align: 'right' },
      { title: 'WHY', cell: ({ explanation }) => explanation },
    ],
    fragments,
  )
  return lines.replaceAll(/^(hit|stale|miss)\b/gm, (state) => paint(COLOURS[state as 'hit'], state))
}
