import type { Frame } from '../nunjucks.ts'
import { RunFrame } from './frame.ts'

/**
 * A flat copy of a chain of frames, as it is now. A name that is undefined in a nearer frame does
 * not hide an outer one, as in nunjucks' own lookup.
 * @param names those that may be looked up; null: any
 */
export function copyFrame(frame: Frame, names: readonly string[] | null): Frame {
  const copy = new RunFrame()
  copy.topLevel = frame.topLevel
  if (names) {
    for (const name of names) keep(copy, name, frame.lookup(name))
  } else {
    for (let from: Frame | undefined = frame; from; from = from.parent) {
      for (const name of Object.keys(from.variables)) {
        if (copy.variables[name] === undefined) keep(copy, name, from.variables[name])
      }
    }
  }
  return copy
}

function keep(copy: Frame, name: string, value: unknown): void {
  if (value !== undefined) copy.variables[name] = asAtTag(value)
}

/** The object `loop`, by whatever name a template reads it. */
export class Loop {
  index = 0
  index0 = 0
  revindex = 0
  revindex0 = 0
  first = true
  last = true
  length = 0

  turnTo(i: number, length: number): void {
    this.index = i + 1
    this.index0 = i
    this.revindex = length - i
    this.revindex0 = length - i - 1
    this.first = i === 0
    this.last = i === length - 1
    this.length = length
  }
}

/**
 * A loop goes on after the tag, and changes the object `loop` at each turn: a body keeps a copy.
 */
export function asAtTag(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Loop) return Object.assign(new Loop(), value)
  return Array.isArray(value) && value.some((item) => item instanceof Loop) ? value.map(asAtTag) : value
}

/** The variables that a body is handed. */
export function allAsAtTag(values: readonly unknown[]): readonly unknown[] {
  for (let n = 0; n < values.length; n++) if (asAtTag(values[n]) !== values[n]) return values.map(asAtTag)
  return values
}

/**
 * The frame as it is now; each run of a body begins with a copy of it. Many bodies find nothing
 * there but what they read as JavaScript variables, and a page has many: nothing is copied for
 * those.
 */
export function keepFrame(frame: Frame, names: readonly string[] | null): Frame {
  if (names !== null && !hasAny(frame, names)) return frame.topLevel ? EMPTY_TOP : EMPTY
  return copyFrame(frame, names)
}

function hasAny(frame: Frame, names: readonly string[]): boolean {
  for (const name of names) if (frame.lookup(name) !== undefined) return true
  return false
}

const EMPTY: Frame = new RunFrame()
const EMPTY_TOP: Frame = Object.assign(new RunFrame(), { topLevel: true })
