import type { Lazy } from '../../engines/lazy.ts'
import type { Hole, Run } from '../../engines/template-engine.ts'

/**
 * Returns a run that was cut before it began: a lazy value is to be loaded first.
 * @param name of the value, for messages
 */
export function runWithout(lazy: Lazy<unknown>, name: string): Run {
  return { ...EMPTY, missing: new Map([[lazy, name]]) }
}

const NO_HOLES: readonly Hole[] = []

const EMPTY: Omit<Run, 'missing'> = {
  parts: [],
  holes: NO_HOLES,
  captured: new Set(),
  readsNocache: false,
  perVisitorReads: new Map(),
  templates: new Map(),
  renderHole() {
    throw new Error('A run that has rendered nothing has no {% nocache %}')
  },
}
