/**
 * Runs Redis' own test suite on onetrip/server, and compares with a real Redis.
 *
 *     npm run test:redis-suite -- PATH                  all files of the list
 *     npm run test:redis-suite -- PATH hash stream      those of unit/type/hash, unit/type/stream
 *     npm run test:redis-suite -- PATH --keep FOLDER    keeps what each run has printed
 *     npm run test:redis-suite -- PATH --write-table    writes the table of docs/server.md
 *
 * PATH is a checkout of redis/redis at 7.0.15: nothing of it is part of this repository. It needs
 * tclsh 8.5 or later, and redis-server, redis-cli and redis-benchmark of 7.0 on the PATH.
 *
 * Each file is run twice, each time on a fresh server and with the same flags: on redis-server, and
 * on ours. A test counts if it passes on redis-server. One that does not pass on ours must be in
 * exceptions.js, with its reason. The exit code is 1 if one is not, if an exception passes, or if
 * Redis itself passes no test of a file or breaks off: then there is nothing to compare with.
 */

import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { EXCEPTIONS, exceptionOf } from './exceptions.js'
import { runFile } from './run-file.js'
import { programOf, startOurs, startRedis } from './servers.js'
import { percentage, writeTable } from './table.js'

/** Goal, as a part of the tests of each file. */
const GOAL = 0.95

/**
 * Those whose tests run on a server that is there already: not auth, nor pubsubshard. Nor querybuf:
 * its tests are of the size of a buffer in C.
 */
const FILES = [
  'unit/type/string',
  'unit/type/incr',
  'unit/type/list',
  'unit/type/list-2',
  'unit/type/list-3',
  'unit/type/set',
  'unit/type/hash',
  'unit/type/zset',
  'unit/type/stream',
  'unit/type/stream-cgroups',
  'unit/expire',
  'unit/multi',
  'unit/pubsub',
  'unit/tracking',
  'unit/protocol',
  'unit/keyspace',
  'unit/scan',
  'unit/sort',
  'unit/scripting',
  'unit/introspection',
  'unit/introspection-2',
  'unit/bitops',
  'unit/bitfield',
  'unit/hyperloglog',
  'unit/quit',
]

const { values, positionals } = parseArgs({
  options: { keep: { type: 'string' }, 'write-table': { type: 'boolean' } },
  allowPositionals: true,
})
const [checkout, ...asked] = positionals
if (!checkout || !existsSync(join(checkout, 'tests/test_helper.tcl'))) {
  console.error('Give a checkout of redis/redis at 7.0.15: npm run test:redis-suite -- PATH [FILE ...]')
  process.exit(2)
}
const files = asked.length === 0 ? FILES : FILES.filter((file) => asked.some((name) => isNamed(file, name)))
if (files.length === 0) {
  console.error(`No file is named ${asked.join(', ')}. There are: ${FILES.join(', ')}`)
  process.exit(2)
}
linkPrograms(resolve(checkout))

const kept = values.keep && resolve(values.keep)
if (kept) mkdirSync(kept, { recursive: true })
const folder = mkdtempSync(join(tmpdir(), 'redis-suite-'))
const rows = []
try {
  for (const file of files) rows.push(await compare(file))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
print(rows)
if (values['write-table']) writeTable(rows, FILES)
process.exit(rows.every(isGood) ? 0 : 1)

/** @param {Awaited<ReturnType<typeof compare>>} row */
function isGood({ redis, redisBrokeOff, missing, stale }) {
  return redis > 0 && redisBrokeOff === '' && missing.length === 0 && stale.length === 0
}

/** @param {string} file @param {string} name */
function isNamed(file, name) {
  return file === name || file.endsWith(`/${name}`)
}

/** Puts the programs where the suite looks for them. @param {string} path */
function linkPrograms(path) {
  mkdirSync(join(path, 'src'), { recursive: true })
  for (const name of ['redis-server', 'redis-cli', 'redis-benchmark']) {
    const link = join(path, 'src', name)
    if (!existsSync(link)) symlinkSync(programOf(name), link)
  }
}

/** Runs a file on both servers. @param {string} file */
async function compare(file) {
  const exceptions = EXCEPTIONS.filter((one) => one.file === file)
  const redis = await runOn(startRedis, 'redis', file, [])
  // Tests that would break off the file are not run on ours.
  const skipped = exceptions.filter(({ breaksOff }) => breaksOff).map(({ test }) => test)
  const ours = await runOn(startOurs, 'ours', file, skipped)
  const expected = [...redis.passed]
  const failed = expected.filter((test) => !ours.passed.has(test))
  const row = {
    file,
    redis: redis.passed.size,
    ours: expected.length - failed.length,
    failed,
    missing: failed.filter((test) => !exceptionOf(file, test)),
    // A test that Redis does not pass either says nothing.
    stale: exceptions.map(({ test }) => test).filter((test) => ours.passed.has(test)),
    brokeOff: ours.brokeOff,
    redisBrokeOff: redis.brokeOff,
    seconds: `${redis.seconds} / ${ours.seconds}`,
  }
  if (redis.brokeOff || redis.passed.size === 0)
    console.log(`${file}: no baseline, redis-server passed ${row.redis} and broke off: ${redis.brokeOff}`)
  console.log(
    `${file}: ${row.ours} of ${row.redis}${row.brokeOff ? `, broke off: ${row.brokeOff}` : ''} (${row.seconds} s)`,
  )
  return row
}

/**
 * @param {typeof startRedis} start
 * @param {string} name
 * @param {string} file
 * @param {string[]} skipped
 */
async function runOn(start, name, file, skipped) {
  const server = await start(folder)
  try {
    const run = await runFile(resolve(checkout), file, server.port, skipped, folder)
    if (kept) writeFileSync(join(kept, `${file.replaceAll('/', '-')}.${name}.txt`), run.output)
    return run
  } finally {
    await server.stop()
  }
}

/** @param {Awaited<ReturnType<typeof compare>>[]} rows */
function print(rows) {
  console.log('\n| file | redis-server | onetrip/server | part |\n| --- | --- | --- | --- |')
  for (const { file, redis, ours } of rows)
    console.log(`| ${file} | ${redis} | ${ours} | ${percentage(ours, redis)} |`)
  for (const { file, failed, missing, stale, redis, ours } of rows) {
    if (failed.length === 0 && stale.length === 0) continue
    console.log(`\n${file}${ours / redis < GOAL ? `: below ${100 * GOAL} %` : ''}`)
    for (const test of failed) {
      console.log(`  - ${test}: ${exceptionOf(file, test)?.reason ?? 'NO REASON IS GIVEN'}`)
    }
    for (const test of stale) console.log(`  - ${test}: passes, and is still an exception`)
    if (missing.length > 0) console.log(`  ${missing.length} without a reason`)
  }
}
