/** Returns a time in words, of two digits: `180 ms`, `0.05 ms`, `2.3 s`. */
export function inMs(ms: number): string {
  if (ms >= 10_000) return `${Math.round(ms / 1000)} s`
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)} s`
  return `${inDigits(ms)} ms`
}

/** Returns a number with as many digits as tell something. */
export function inDigits(number: number): string {
  if (number >= 10) return String(Math.round(number))
  return String(Number(number.toPrecision(2)))
}

export function inPercent(share: number): string {
  return `${inDigits(share * 100)} %`
}

export function inKb(bytes: number): string {
  return `${inDigits(bytes / 1024)} KB`
}
