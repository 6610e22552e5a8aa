/** A line on stderr that says what is being done, and about how long it will still take. */
export class Progress {
  #startedAt = performance.now()
  #done = 0
  #steps
  #stream
  #lastSection = ''

  /** @param {number} steps each of about the same length */
  constructor(steps, stream = process.stderr) {
    this.#steps = steps
    this.#stream = stream
  }

  step(section, what) {
    const left = this.#left()
    this.#done++
    if (this.#stream.isTTY) {
      const line = `[${this.#done}/${this.#steps}] ${section}: ${what}${left}`
      this.#stream.write(`\r\x1b[2K${line.slice(0, (this.#stream.columns ?? 80) - 1)}`)
    } else if (section !== this.#lastSection) {
      this.#stream.write(`[${this.#done}/${this.#steps}] ${section}${left}\n`)
    }
    this.#lastSection = section
  }

  #left() {
    if (this.#done < this.#steps / 10) return ''
    const seconds = ((performance.now() - this.#startedAt) / this.#done) * (this.#steps - this.#done) * 1e-3
    return seconds > 90
      ? `; ${Math.round(seconds / 60)} minutes left`
      : `; ${Math.ceil(seconds / 10) * 10} seconds left`
  }

  end() {
    if (this.#stream.isTTY) this.#stream.write('\r\x1b[2K')
  }
}
