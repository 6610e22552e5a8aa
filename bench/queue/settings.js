/** Settings of the benchmark: what is measured, and with how many tasks. */

/**
 * A drain of waiting tasks by one worker.
 * @typedef {object} Drain
 * @property {string} title
 * @property {number} concurrency
 * @property {number} wait milliseconds that the handler waits; 0 does nothing
 * @property {number} tasks
 */

/** @type {readonly Drain[]} */
export const DRAINS = [
  { title: 'nothing, concurrency 1', concurrency: 1, wait: 0, tasks: 8_000 },
  { title: 'nothing, concurrency 16', concurrency: 16, wait: 0, tasks: 8_000 },
  { title: 'nothing, concurrency 64', concurrency: 64, wait: 0, tasks: 8_000 },
  { title: '1 ms, concurrency 1', concurrency: 1, wait: 1, tasks: 1_000 },
  { title: '1 ms, concurrency 16', concurrency: 16, wait: 1, tasks: 6_000 },
  { title: '1 ms, concurrency 64', concurrency: 64, wait: 1, tasks: 8_000 },
]

/** Tasks that are added one after the other, each awaited, and in bulk. */
export const ADDED_ALONE = 2_000
export const ADDED_IN_BULK = 10_000

/** Tasks of one call in bulk. */
export const BULK = 1_000

/** Tasks at low load: one at a time, with a pause between them. */
export const LATENCY_TASKS = 200
export const LATENCY_PAUSE_MS = 5

/** Tasks that are kept for the measurement of memory. */
export const KEPT = 10_000

/** Tasks before the measured ones: code is compiled, connections are open. */
export const WARM_UP = 1_000

/** The argument of each task: about 100 bytes of JSON. */
export function argumentOf(n) {
  return { order: n, to: 'visitor@example.org', subject: 'Your order is on its way', locale: 'en-GB' }
}
