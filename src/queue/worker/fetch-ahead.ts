/** Work that is fetched ahead, in ms: more than a round trip, too little to delay priorities. */
const AHEAD_MS = 5
/** Most tasks that are fetched ahead. */
const MOST_AHEAD = 100
/** Weight of the last task in the average. */
const WEIGHT = 0.1

/** Decides how many tasks a worker fetches beyond those that it can begin at once. */
export class FetchAhead {
  #average = AHEAD_MS

  /** @param ms how long a task took */
  took(ms: number): void {
    this.#average += (ms - this.#average) * WEIGHT
  }

  count(concurrency: number): number {
    return Math.min(MOST_AHEAD, Math.ceil((concurrency * AHEAD_MS) / Math.max(this.#average, 0.01)))
  }
}
