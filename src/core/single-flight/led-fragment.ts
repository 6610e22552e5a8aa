import type { Claim } from './claims.ts'
import type { Flight } from './flight.ts'
import type { LookupSnapshot } from './lookup-snapshot.ts'

/** A fragment that a page renders for others, or for which it waits for another process. */
export class LedFragment implements Claim {
  readonly snapshot: LookupSnapshot
  readonly flight: Flight
  /** The other processes were asked, and this one renders it. */
  claimed = false

  constructor(snapshot: LookupSnapshot, flight: Flight) {
    this.snapshot = snapshot
    this.flight = flight
  }

  get key(): string {
    return this.snapshot.key
  }

  get id(): string {
    return this.snapshot.id
  }

  get stamp(): Buffer | null {
    return this.snapshot.stamp
  }
}
