/**
 * Counts a page's round trips to the store. All reads of one turn of the event loop, of fragments
 * and values, are one command and count once.
 */
export class TripCounter {
  total = 0
  #last: object | undefined

  /** @param command identifies it: other pages may have a part in it */
  count(command: object): void {
    if (command === this.#last) return
    this.#last = command
    this.total++
  }
}
