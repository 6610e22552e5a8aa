/**
 * The order in which functions ran.
 *
 * @typedef {object} Course
 * @property {Call[]} calls
 * @property {Call[]} steps each call, and each function that goes on after one
 */

/**
 * @typedef {object} Call
 * @property {string} file
 * @property {string} name
 * @property {boolean} running on the stack now
 */

/** Records which functions run, in which order. Instrumented code calls the first four methods. */
export class Trace {
  /** @type {Call[]} */
  #stack = []
  /** @type {Course | undefined} */
  #course

  /** @param {string} file @param {string} name */
  enter(file, name) {
    const call = { file, name, running: false }
    this.#course?.calls.push(call)
    this.resume(call)
    return call
  }

  /** @param {Call} call */
  exit(call) {
    if (!call.running) return
    for (let top = this.#stack.pop(); top; top = this.#stack.pop()) {
      top.running = false
      if (top === call) break
    }
    this.#step()
  }

  /** @template T @param {Call} call @param {T} [value] */
  suspend(call, value) {
    this.exit(call)
    return value
  }

  /** @template T @param {Call} call @param {T} [value] */
  resume(call, value) {
    if (!call.running) {
      call.running = true
      this.#stack.push(call)
      this.#step()
    }
    return value
  }

  #step() {
    const top = this.#stack.at(-1)
    if (top) this.#course?.steps.push(top)
  }

  /** @param {() => Promise<void>} work */
  async of(work) {
    /** @type {Course} */
    const course = { calls: [], steps: [] }
    this.#course = course
    try {
      await work()
    } finally {
      this.#course = undefined
    }
    return course
  }
}

/**
 * Counts a course's files, calls and stays. A stay is a run of neighbouring entries in one file.
 *
 * @param {Course} course
 * @param {(file: string) => boolean} [counts] leaves out other files
 */
export function countsOf({ calls, steps }, counts = () => true) {
  const files = (/** @type {Call[]} */ list) => list.map(({ file }) => file).filter(counts)
  const counted = files(calls)
  return {
    files: new Set(counted).size,
    calls: counted.length,
    stays: staysIn(counted),
    staysWithReturns: staysIn(files(steps)),
  }
}

/** @param {string[]} files */
function staysIn(files) {
  return files.filter((file, at) => file !== files[at - 1]).length
}
