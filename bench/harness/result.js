import { FLOOR_B } from '../contenders/index.js'
import { medians, ratio } from './measure.js'
import { judge } from './targets.js'

/**
 * All that a run found out, as it goes into latest.json: nothing in it says where, or on whose
 * machine, it ran.
 */
export function resultOf({ measured, trips, machine, options }) {
  return {
    date: new Date().toISOString().slice(0, 10),
    machine,
    rounds: options.rounds,
    secondsPerRound: options.duration,
    settings: measured.map((one) => settingResult(one, trips)),
    targets: judge(measured, trips),
  }
}

/** @typedef {ReturnType<typeof settingResult>} SettingResult */

function settingResult({ setting, rounds }, trips) {
  const floor = rounds.get(FLOOR_B)
  return {
    site: setting.site,
    title: setting.title,
    pages: setting.paths.length,
    connections: setting.connections,
    contenders: setting.contenders.map(({ name, title }) => {
      const own = rounds.get(name)
      const { busy, generatorBusy, ...middle } = medians(own)
      return {
        name,
        title,
        ...middle,
        trips: trips.get(name),
        generatorBound: generatorBusy > 0.9 && busy < 0.9,
        toFloorB: { pagesPerSecond: ratio(own, floor, 'pagesPerSecond'), cpu: ratio(own, floor, 'cpu') },
        rounds: own,
      }
    }),
  }
}
