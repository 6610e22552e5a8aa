/** Numbers as the pages show them: short, with a unit, in English. */

const COUNT = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const SHORT = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 })
const NONE = '–'

/** Returns 12,345, and 1.23M from a million on. */
export function count(value: number): string {
  return value < 1e6 ? COUNT.format(value) : SHORT.format(value)
}

/** Returns a number with at most three digits that count: 0.125, 1.5, 340. */
export function decimal(value: number): string {
  if (!Number.isFinite(value)) return NONE
  if (value >= 100) return count(Math.round(value))
  return String(Number(value.toPrecision(value < 1 ? 2 : 3)))
}

/** Returns a share of 0 to 1 in percent; a dash where there is nothing to share. */
export function percent(ratio: number): string {
  if (!Number.isFinite(ratio)) return NONE
  const value = ratio * 100
  // Nearly all is not all, and hardly any is not none.
  if (value > 99.9 && value < 100) return '99.9 %'
  if (value > 0 && value < 0.1) return '0.1 %'
  return `${Number(value.toFixed(1))} %`
}

const MS = { second: 1000, minute: 60_000, hour: 3_600_000, day: 86_400_000 }

/** Returns a time given in ms, in the unit that suits: 0.35 ms, 1.2 s, 4 min, 3.5 h, 12 d. */
export function duration(ms: number): string {
  if (!Number.isFinite(ms)) return NONE
  if (ms < MS.second) return `${decimal(ms)} ms`
  if (ms < 2 * MS.minute) return `${decimal(ms / MS.second)} s`
  if (ms < 2 * MS.hour) return `${decimal(ms / MS.minute)} min`
  if (ms < 2 * MS.day) return `${decimal(ms / MS.hour)} h`
  return `${decimal(ms / MS.day)} d`
}

/** Returns a size in bytes, in the unit that suits: 512 B, 4.2 kB, 3 MB. */
export function bytes(size: number): string {
  if (!Number.isFinite(size)) return NONE
  for (const [unit, bytes] of UNITS) if (size >= bytes) return `${decimal(size / bytes)} ${unit}`
  return `${decimal(size)} B`
}

const UNITS = [
  ['TB', 1e12],
  ['GB', 1e9],
  ['MB', 1e6],
  ['kB', 1e3],
] as const

/** Returns a time of day, or a day, as the distance of two points suggests. In UTC. */
export function clockTime(at: number, span = 0): string {
  const iso = new Date(at).toISOString()
  if (span > 2 * MS.day) return `${iso.slice(5, 10)} ${iso.slice(11, 16)}`
  return span > 0 && span <= MS.hour / 2 ? iso.slice(11, 19) : iso.slice(11, 16)
}

/** Filters of the templates. */
export const FILTERS = { count, decimal, percent, duration, bytes, clockTime }
