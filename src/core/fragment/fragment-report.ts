import type { Events, FragmentSubject, MissReason } from '../events.ts'
import type { Fragment } from './fragment.ts'

/** The outcome of one fragment of a page. */
export interface FragmentReport extends FragmentSubject {
  /** `'hit'`: from the store; `'stale'`: from the store, after its TTL; `'miss'`: rendered. */
  readonly state: 'hit' | 'stale' | 'miss'
  /** Reason of a miss; absent for others. */
  readonly reason?: MissReason
  /** Size of its HTML, in bytes. */
  readonly bytes: number
  /**
   * True for a hit that another page rendered at the same time, and that was not found in the
   * store; otherwise absent.
   */
  readonly joined?: boolean
  /** Time that the body of a miss ran, in ms; absent for others. */
  readonly renderTime?: number
}

export function reportOf(fragment: Fragment): FragmentReport {
  const { reason, renderTime, subject, state } = fragment
  const bytes = fragment.size
  const joined = fragment.joined ? { joined: true } : {}
  return reason === undefined
    ? { ...subject, state, bytes, ...joined }
    : { ...subject, state, reason, bytes, renderTime }
}

/** Returns how many fragments have an outcome. */
export function countOf(fragments: readonly Fragment[], state: FragmentReport['state']): number {
  let count = 0
  for (const fragment of fragments) if (fragment.state === state) count++
  return count
}

/** Emits the event of a fragment that is shown. */
export function emitOutcome(fragment: Fragment, events: Events): void {
  const { reason, subject } = fragment
  if (reason !== undefined) events.emit({ type: 'miss', ...subject, reason })
  else if (fragment.stale) events.emit({ type: 'stale', ...subject, bytes: fragment.size })
  else {
    const joined = fragment.joined ? { joined: true } : {}
    events.emit({ type: 'hit', ...subject, bytes: fragment.size, ...joined })
  }
}
