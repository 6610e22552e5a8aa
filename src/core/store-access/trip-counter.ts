/**
 * Counts a page's round trips to the store. What it asks for in one turn of the event loop, fragments and values, goes with
 * one command and counts once.
 */
export class TripCounter {
  total = 0
  #last: object | undefined

  /** @param command what was sent, which others may have a part in */
  count(command: object): void {
    if (command === this.#last) return
    this.#last = command
    this.total++
  }
}
