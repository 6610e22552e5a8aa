import { processClock } from '../../dist/clock.js'

/** How much slower the package's clock runs. */
const SLOWER = 10

/**
 * Preloaded by the programs of the documents: their caches and stores wait longer for a server. A
 * page that a busy machine holds up for longer than the default of 100 ms would be rendered without
 * the cache, with a warning, and the program would print something else.
 */
const clock = { ...processClock }
processClock.now = () => clock.now() / SLOWER
processClock.setTimeout = (fn, ms) => clock.setTimeout(fn, ms * SLOWER)
processClock.setInterval = (fn, ms) => clock.setInterval(fn, ms * SLOWER)
