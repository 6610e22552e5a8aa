/**
 * Tests of Redis' own suite that pass on redis-server and not on onetrip/server, each with its
 * reason.
 *
 * @typedef {object} SuiteException
 * @property {string} file
 * @property {string} test its name, as the suite prints it
 * @property {string} reason
 * @property {boolean} [breaksOff] true if the test would break off the file: it is not run
 */

/** @type {readonly SuiteException[]} */
export const EXCEPTIONS = [
  {
    file: 'unit/type/string',
    test: 'trim on SET with big value',
    reason: 'is run only where INFO names jemalloc as the allocator: memory there is that of V8',
  },
]
