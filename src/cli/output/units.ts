const MS_PER_SECOND = 1_000
const MS_PER_MINUTE = 60_000
const MS_PER_HOUR = 3_600_000
const MS_PER_DAY = 86_400_000

/** Returns a duration in ms as text, such as `340 us`, `12 ms`, `4.0 s`, `5 m`, `2 h`, `3 d`. */
export function duration(ms: number): string {
  if (ms === Number.POSITIVE_INFINITY) return 'forever'
  if (ms < 0) return `-${duration(-ms)}`
  if (ms < 1) return ms === 0 ? '0 ms' : `${Math.round(ms * 1000)} us`
  if (ms < MS_PER_SECOND) return `${fixed(ms)} ms`
  if (ms < 2 * MS_PER_MINUTE) return `${fixed(ms / MS_PER_SECOND)} s`
  if (ms < 2 * MS_PER_HOUR) return `${Math.round(ms / MS_PER_MINUTE)} m`
  if (ms < 2 * MS_PER_DAY) return `${Math.round(ms / MS_PER_HOUR)} h`
  return `${Math.round(ms / MS_PER_DAY)} d`
}

/** Returns a number of bytes, such as `512 B`, `1.4 KB`, `30 MB`, in powers of 1000. */
export function bytes(count: number): string {
  const units = ['B', 'KB', 'MB', 'GB']
  let value = count
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit === 0 ? value : fixed(value)} ${units[unit]}`
}

/** Returns a whole number with its thousands apart. */
export function number(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 0 })
}

/** Returns a share in percent, such as `97.3 %`; `-` of nothing. */
export function percent(part: number, whole: number): string {
  return whole === 0 ? '-' : `${((100 * part) / whole).toFixed(1)} %`
}

/** Returns a count with the right form of its noun. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${number(count)} ${count === 1 ? noun : plural}`
}

function fixed(value: number): string {
  return value < 10 ? value.toFixed(1) : value.toFixed(0)
}
