import type { Instance } from '../../../instance.ts'

/** A field of INFO: its name and its value. */
export type InfoField = readonly [name: string, value: string | number]

/** One section of INFO. */
export interface InfoSection {
  /** Name as an argument of INFO; with a capital it is the heading. */
  readonly name: string
  /** Left out unless it is asked for, or all are. */
  readonly isExtra?: boolean
  fields(instance: Instance): readonly InfoField[]
}

/** Writes bytes as Redis does for people: `1.50M`. */
export function humanBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes}B`
  let size = bytes
  let unit = -1
  while (size >= 1024 && unit < 4) {
    size /= 1024
    unit++
  }
  return `${size.toFixed(2)}${'KMGTP'[unit]}`
}
