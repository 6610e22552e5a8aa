import { readInteger64 } from '../data/numbers.ts'

/** Its own value is taken by `unless-same`, and by `port`. */
export type FixedReason = 'immutable' | 'protected' | 'unless-same' | 'port'

/** One parameter of CONFIG. */
export interface ConfigParameter {
  readonly initial: string
  /** Returns the value in its usual form, or why it is refused. */
  read(value: string, current: string): string | { readonly error: string }
  /** Returns what CONFIG GET answers for a value; without it the value itself. */
  shown?(value: string): string
  /** Why CONFIG SET refuses it: it is set at the start only. */
  readonly fixed?: FixedReason
  /** CONFIG GET answers it to its name only, not to patterns. */
  readonly hidden?: true
}

export function text(initial: string): ConfigParameter {
  return { initial, read: (value) => value }
}

/** Returns a parameter that is set at the start only. */
export function fixed(parameter: ConfigParameter, reason: FixedReason = 'immutable'): ConfigParameter {
  return { ...parameter, fixed: reason }
}

/** Returns a parameter that patterns of CONFIG GET do not find. */
export function hidden(parameter: ConfigParameter): ConfigParameter {
  return { ...parameter, hidden: true }
}

const MAX_INT = 2_147_483_647

export function integer(
  initial: number,
  min: number | bigint = 0,
  max: number | bigint = MAX_INT,
): ConfigParameter {
  return {
    initial: String(initial),
    read: (value) => {
      const number = readInteger64(value)
      if (number === undefined) return { error: "argument couldn't be parsed into an integer" }
      return checked(number, min, max)
    },
  }
}

export function oneOf(initial: string, values: readonly string[]): ConfigParameter {
  return {
    initial,
    read: (value) => {
      const found = value.toLowerCase()
      if (values.includes(found)) return found
      return { error: `argument(s) must be one of the following: ${values.join(', ')}` }
    },
  }
}

export function yesOrNo(initial: 'yes' | 'no'): ConfigParameter {
  return {
    initial,
    read: (value) => {
      const found = value.toLowerCase()
      return found === 'yes' || found === 'no' ? found : { error: "argument must be 'yes' or 'no'" }
    },
  }
}

const MAX_LONG = 9_223_372_036_854_775_807n

export function memory(initial: number, min = 0, max: bigint = MAX_LONG): ConfigParameter {
  return {
    initial: String(initial),
    read: (value) => {
      const bytes = readMemory(value)
      return bytes === undefined ? { error: 'argument must be a memory value' } : checked(bytes, min, max)
    },
  }
}

/** A number of bytes, or a part of `maxmemory` such as `5%`. */
export const memoryOrPercentage: ConfigParameter = {
  initial: '0',
  read: (value, current) => {
    const [, digits] = /^(0|[1-9]\d{0,8})%$/.exec(value) ?? []
    if (digits === undefined) {
      const bytes = memory(0).read(value, current)
      return typeof bytes === 'string' ? bytes : { error: 'argument must be a memory or percent value' }
    }
    return Number(digits) <= 100
      ? `${Number(digits)}%`
      : { error: 'percentage argument must be less or equal to 100' }
  },
}

const UNITS: Readonly<Record<string, bigint>> = {
  '': 1n,
  b: 1n,
  k: 1_000n,
  kb: 1_024n,
  m: 1_000_000n,
  mb: 1_048_576n,
  g: 1_000_000_000n,
  gb: 1_073_741_824n,
}

/** Reads a number of bytes with a unit of Redis, such as `64mb`. */
export function readMemory(value: string): bigint | undefined {
  const [, digits, unit = ''] = /^(\d{1,19})([a-z]*)$/i.exec(value) ?? []
  const factor = UNITS[unit.toLowerCase()]
  return digits === undefined || factor === undefined ? undefined : BigInt(digits) * factor
}

function checked(value: bigint, min: number | bigint, max: number | bigint): string | { error: string } {
  if (value >= min && value <= max) return String(value)
  return { error: `argument must be between ${min} and ${max} inclusive` }
}
