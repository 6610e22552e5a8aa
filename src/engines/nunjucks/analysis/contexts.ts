import type { AstNode } from '../nunjucks.ts'
import { described, type Origin, type Value } from './origins.ts'
import type { OpenFragment, Reads } from './reads.ts'

/** A condition around what is being read, and which of its branches it is in. */
export interface Choice {
  readonly by: AstNode
  readonly branch: number
  /** The origins that the outcome of the condition depends on. */
  readonly origins: readonly Origin[]
  readonly template: string
}

/**
 * One way in which a fragment is reached: its key, what its body does, and the conditions around.
 */
interface Reading {
  readonly fragment: OpenFragment
  readonly key: string
  readonly choices: readonly Choice[]
}

/**
 * Compares the ways in which a fragment is reached: by two calls of a macro, by two includes. Where
 * the key is the same and the body differs, the stored HTML depends on the conditions that led
 * there.
 */
export class Readings {
  readonly #byTag = new Map<AstNode, Reading[]>()

  add(fragment: OpenFragment, parts: readonly Value[], choices: readonly Choice[]): void {
    const readings = this.#byTag.get(fragment.tag) ?? []
    readings.push({ fragment, key: parts.map(described).join(), choices })
    this.#byTag.set(fragment.tag, readings)
  }

  /** Reports the conditions that a fragment depends on and that its key does not have. */
  compare(reads: Reads): void {
    for (const readings of this.#byTag.values()) {
      const first = new Map<string, Reading>()
      for (const reading of readings) {
        const known = first.get(reading.key)
        if (!known) first.set(reading.key, reading)
        else if (known.fragment.trace.join() !== reading.fragment.trace.join())
          noteDifference(reads, known, reading)
      }
    }
  }
}

function noteDifference(reads: Reads, one: Reading, other: Reading): void {
  const differing = [
    ...one.choices.filter((choice) => !other.choices.some((another) => isSame(choice, another))),
    ...other.choices.filter((choice) => !one.choices.some((another) => isSame(choice, another))),
  ]
  for (const { by, origins, template } of differing) {
    for (const origin of origins) {
      const use = origin.tested ? 'tested' : 'shown'
      reads.noteOrigin(other.fragment, origin, use, { origins }, template, by.lineno + 1)
    }
  }
}

function isSame(one: Choice, other: Choice): boolean {
  return one.by === other.by && one.branch === other.branch
}
