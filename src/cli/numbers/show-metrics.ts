import { type MetricsProcess, readMetrics, type Snapshot } from '../../metrics/index.ts'
import type { Output } from '../output/output.ts'
import { redisOf } from '../store/open-redis.ts'
import type { NumbersFlags } from './numbers-options.ts'
import { type NumbersView, showNumbers } from './show-numbers.ts'

/** Numbers of all processes of a site, over a span of time. */
export interface SiteNumbers {
  readonly snapshot: Snapshot
  readonly processes: readonly MetricsProcess[]
  /** Length of the span, in ms. */
  readonly span: number
}

/** Shows metrics of all processes of a site. @returns the exit code */
export async function showMetrics(
  flags: NumbersFlags,
  output: Output,
  notes: Output,
  forms: Pick<NumbersView<SiteNumbers>, 'text' | 'json'>,
): Promise<number> {
  const { redis, close } = await redisOf(flags)
  const reader = readMetrics(redis, { prefix: flags.prefix })
  try {
    return await showNumbers<SiteNumbers>(flags, output, notes, {
      ...forms,
      read: async (from) => {
        const [snapshot, processes] = await Promise.all([reader.totals({ from }), reader.processes()])
        return { snapshot, processes, span: snapshot.to - snapshot.from }
      },
      emptyReason: (numbers) => emptyReason(numbers, flags.prefix),
    })
  } finally {
    await reader.close()
    close()
  }
}

function emptyReason({ snapshot, processes }: SiteNumbers, prefix: string): string | undefined {
  if (snapshot.pages > 0 || snapshot.fragments.size > 0) return undefined
  return processes.length > 0
    ? 'Nothing was counted in this time.'
    : `No process counts under the prefix ${prefix}: give the plugin or the middleware the option metrics: { redis }.`
}
