import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { programOf } from './servers.js'

/** A file that prints nothing for so long has stopped. In ms. */
const MAX_SILENCE = 180_000
/** A file may run for so long. In ms. */
const MAX_TIME = 600_000

/** Files with no test but slow ones. */
const SLOW_FILES = ['unit/type/list-2']

/** Not right on Redis either, or without an end. */
const ALWAYS_SKIPPED = ['SRANDMEMBER with a dict containing long chain']

/**
 * Runs one file of the suite on a server.
 *
 * @param {string} checkout
 * @param {string} file such as `unit/type/hash`
 * @param {number} port
 * @param {string[]} skipped names of tests
 * @param {string} folder for a temporary file
 * @returns {Promise<{ passed: Set<string>, brokeOff: string, output: string, seconds: number }>}
 */
export function runFile(checkout, file, port, skipped, folder) {
  const skipFile = join(folder, 'skipped.txt')
  writeFileSync(skipFile, [...ALWAYS_SKIPPED, ...skipped].join('\n'))
  // biome-ignore format: one option a line
  const options = [
    'tests/test_helper.tcl',
    '--host', '127.0.0.1',
    '--port', String(port),
    '--single', file,
    '--clients', '1',
    '--ignore-encoding',
    '--ignore-digest',
    '--tags', `-needs:debug ${SLOW_FILES.includes(file) ? '' : '-slow '}-needs:repl -needs:save`,
    '--skipfile', skipFile,
  ]
  const begin = performance.now()
  // A group of its own: the runner starts a process that runs the tests.
  const child = spawn(programOf('tclsh8.6', 'tclsh8.5', 'tclsh'), options, {
    cwd: checkout,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  let stopped = ''
  const stop = (/** @type {string} */ why) => {
    stopped ||= why
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  }
  const stopSilent = () => stop(`no output for ${MAX_SILENCE / 1_000} s`)
  let timer = setTimeout(stopSilent, MAX_SILENCE)
  const limit = setTimeout(() => stop(`no end after ${MAX_TIME / 1_000} s`), MAX_TIME)
  const read = (/** @type {Buffer} */ chunk) => {
    output += chunk.toString('latin1')
    clearTimeout(timer)
    timer = setTimeout(stopSilent, MAX_SILENCE)
  }
  child.stdout.on('data', read)
  child.stderr.on('data', read)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', () => {
      clearTimeout(timer)
      clearTimeout(limit)
      const plain = output.replace(new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g'), '')
      resolve({
        passed: passedTests(plain),
        brokeOff: stopped || (/\[exception\]: (.*)/.exec(plain)?.[1] ?? ''),
        output: plain,
        seconds: Math.round((performance.now() - begin) / 1_000),
      })
    })
  })
}

/**
 * Names of the tests that have passed. Some names are there twice: the second is another test.
 *
 * @param {string} output
 */
function passedTests(output) {
  const names = new Set()
  for (const [, name] of output.matchAll(/^\[ok\]: (.*) \(-?\d+ ms\)$/gm)) {
    const base = name.trim()
    let unique = base
    for (let n = 2; names.has(unique); n++) unique = `${base} (${n})`
    names.add(unique)
  }
  return names
}
