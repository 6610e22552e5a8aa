/**
 * Tests of Redis' own suite that pass on redis-server and not on onetrip/server, each with its
 * reason.
 *
 * @typedef {object} SuiteException
 * @property {string} file
 * @property {string} test its name, as the suite prints it; for all tests of this name
 * @property {string} reason
 * @property {boolean} [breaksOff] true if the test would break off the file: it is not run
 */

const NO_GEO = 'needs GEOADD: there are no GEO commands'

/** @type {readonly SuiteException[]} */
export const EXCEPTIONS = [
  {
    file: 'unit/type/string',
    test: 'trim on SET with big value',
    reason: 'is run only where INFO names jemalloc as the allocator: memory there is that of V8',
  },
  {
    file: 'unit/scripting',
    test: 'Script ACL check',
    reason: 'needs ACL SETUSER: there is one user',
    breaksOff: true,
  },
  {
    file: 'unit/scripting',
    test: 'Timedout script link is still usable after Lua returns',
    reason:
      'a script of 100,000 calls and a limit of 10 ms: one that runs too long is stopped, not continued',
    breaksOff: true,
  },
  {
    file: 'unit/scripting',
    test: 'not enough good replicas',
    reason: 'needs min-replicas-to-write: there are no replicas',
  },
  { file: 'unit/scripting', test: 'Consistent eval error reporting', reason: `its last part ${NO_GEO}` },
  ...[
    'command stats for GEOADD',
    'errors stats for GEOADD',
    'command stats for MULTI',
    'command stats for scripts',
  ].map((test) => ({ file: 'unit/introspection-2', test, reason: NO_GEO, breaksOff: true })),
  {
    file: 'unit/introspection-2',
    test: 'GEORADIUS command is marked with movablekeys',
    reason: 'there are no GEO commands',
  },
  {
    file: 'unit/introspection-2',
    test: 'MIGRATE command is marked with movablekeys',
    reason: 'there is no MIGRATE',
  },
]

/**
 * Returns the exception that a test is. A second test of a name ends with ` (2)`.
 *
 * @param {string} file
 * @param {string} test
 */
export function exceptionOf(file, test) {
  const name = test.replace(/ \(\d+\)$/, '')
  return EXCEPTIONS.find((one) => one.file === file && (one.test === test || one.test === name))
}
