const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Returns a length of time in words: `12 s`, `4 min 48 s`, `3 h 5 min`. */
export function span(ms: number): string {
  if (!Number.isFinite(ms)) return 'an unknown time'
  if (ms < SECOND) return `${Math.max(0, Math.round(ms))} ms`
  if (ms < MINUTE) return `${Math.round(ms / SECOND)} s`
  if (ms < HOUR) return twoOf(ms, MINUTE, 'min', SECOND, 's')
  if (ms < DAY) return twoOf(ms, HOUR, 'h', MINUTE, 'min')
  return twoOf(ms, DAY, 'd', HOUR, 'h')
}

function twoOf(ms: number, large: number, largeUnit: string, small: number, smallUnit: string): string {
  const whole = Math.floor(ms / large)
  const rest = Math.floor((ms % large) / small)
  return rest === 0 ? `${whole} ${largeUnit}` : `${whole} ${largeUnit} ${rest} ${smallUnit}`
}
