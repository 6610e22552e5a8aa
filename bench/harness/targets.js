import { FLOOR_A, FLOOR_B } from '../contenders/index.js'
import { ratio } from './measure.js'
import { present } from './present.js'
import { JUDGED } from './settings.js'

const CPU = 'cpu'
const RATE = 'pagesPerSecond'

/** The project's goals. They are reported, and no run fails by them. */
const TARGETS = [
  { who: 'onetrip-redis', measure: CPU, than: FLOOR_B, pages: 1, atMost: 1 },
  { who: 'onetrip-redis', measure: CPU, than: FLOOR_B, pages: 64, atMost: 1 },
  { who: 'onetrip-metrics', measure: CPU, than: 'onetrip-redis', pages: 1, atMost: 1.02 },
  { who: 'onetrip-redis', measure: CPU, than: 'get-at-once', pages: 1, atMost: 0.6 },
  { who: 'onetrip-redis', measure: CPU, than: 'get-at-once', pages: 64, atMost: 0.6 },
  { who: 'onetrip-tiered', measure: CPU, than: FLOOR_A, pages: 1, atMost: 1.8 },
  { who: 'onetrip-memory', measure: CPU, than: FLOOR_A, pages: 1, atMost: 2.2 },
  { who: 'onetrip-tiered', measure: RATE, than: FLOOR_A, pages: 1, atLeast: 0.75 },
  { who: 'onetrip-tiered', measure: 'trips', pages: 1, atMost: 0 },
  { who: 'onetrip-redis', measure: RATE, than: FLOOR_B, pages: 1, atLeast: 1 },
  { who: 'onetrip-redis', measure: 'commands', pages: 1, atMost: 1 },
  { who: 'onetrip-redis', measure: 'commands', pages: 64, atMost: 1 },
  { who: 'onetrip-redis', measure: 'trips', pages: 1, atMost: 1 },
  { who: 'reel-warm', site: 'reel', measure: RATE, than: 'reel-uncached', pages: 1, atLeast: 10 },
  // On Redis, the write-back included: what a site pays after a deploy. In memory beside it, for
  // what rendering costs.
  { who: 'misses-redis', measure: CPU, than: 'nunjucks', pages: 1, atMost: 1.15 },
  { who: 'misses-memory', measure: CPU, than: 'nunjucks', pages: 1, atMost: 1.15 },
]

const WORDS = {
  [CPU]: 'CPU a page',
  [RATE]: 'pages/s',
  commands: 'commands a page',
  trips: 'trips a page',
}

/**
 * @param {{ setting: import('./settings.js').Setting, rounds: Map<string,
 *   import('./measure.js').Round[]> }[]} measured
 * @param {Map<string, number>} trips a page, by contender
 */
export function judge(measured, trips) {
  return TARGETS.flatMap((target) => {
    const { who, site = 'shop', measure, than, pages, atMost, atLeast } = target
    const rounds = measured.find(
      ({ setting }) =>
        setting.site === site && setting.paths.length === pages && setting.connections === JUDGED.connections,
    )?.rounds
    if (!rounds?.has(who)) return []
    const reached =
      measure === 'trips'
        ? trips.get(who)
        : than
          ? ratio(rounds.get(who), rounds.get(than), measure)
          : Math.max(...present(rounds, who).map((round) => round[measure]))
    if (reached === undefined) return []
    const limit = atMost ?? atLeast
    return {
      target: `${who}: ${WORDS[measure]}${than ? ` as a ratio to ${than}` : ''}${pages > 1 ? `, ${pages} pages` : ''}`,
      ...(atMost === undefined ? {} : { atMost }),
      ...(atLeast === undefined ? {} : { atLeast }),
      reached,
      met: limit === undefined ? undefined : atMost === undefined ? reached >= limit : reached <= limit,
    }
  })
}
