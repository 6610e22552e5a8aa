import type { Lazy } from '../../engines/lazy.ts'
import type { Run } from '../../engines/template-engine.ts'

/** A run that has put out nothing. */
export const EMPTY_RUN: Run = {
  parts: [''],
  holes: [],
  missing: new Map(),
  captured: new Set(),
  readsNocache: false,
  perVisitorReads: new Map(),
  templates: new Map(),
  renderHole() {
    throw new Error('A run that has put out nothing has no {% nocache %}')
  },
}

/**
 * Returns a run that was cut before it began: a lazy value is to be loaded first.
 * @param name of the value, for messages
 */
export function runWithout(lazy: Lazy<unknown>, name: string): Run {
  return { ...EMPTY_RUN, missing: new Map([[lazy, name]]) }
}
