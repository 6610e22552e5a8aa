/**
 * Compares the public types of two checkouts, both built: what each entry of "exports" in
 * package.json exports, by its declarations in dist/.
 *
 *     npm run api:compare -- OLD_DIR [NEW_DIR]
 *
 * Prints names that were added (+), removed (-) and changed (~), and of those the members that
 * differ. Comments and members marked `@internal` are not compared.
 */

import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { publicApiOf } from './public-api.js'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const [oldFolder, newFolder = ROOT] = process.argv.slice(2)
if (!oldFolder) {
  console.error('Usage: npm run api:compare -- OLD_DIR [NEW_DIR]')
  process.exit(2)
}
const before = publicApiOf(resolve(oldFolder))
const after = publicApiOf(resolve(newFolder))

let changes = 0
for (const door of both(before, after)) {
  const lines = differences(before.get(door) ?? new Map(), after.get(door) ?? new Map())
  if (lines.length > 0) console.log([door, ...lines, ''].join('\n'))
  changes += lines.length
}
if (changes === 0) console.log('No public type has changed.')

/** @param {import('./public-api.js').Names} old @param {import('./public-api.js').Names} now */
function differences(old, now) {
  return both(old, now).flatMap((name) => {
    const was = old.get(name)
    const is = now.get(name)
    if (!was || !is) {
      const sign = was ? '-' : '+'
      return [`  ${sign} ${name}`, ...(was ?? is ?? []).map((one) => `      ${sign} ${one}`)]
    }
    const removed = was.filter((one) => !is.includes(one)).map((one) => `      - ${one}`)
    const added = is.filter((one) => !was.includes(one)).map((one) => `      + ${one}`)
    return removed.length + added.length === 0 ? [] : [`  ~ ${name}`, ...removed, ...added]
  })
}

/** @param {Map<string, unknown>} one @param {Map<string, unknown>} other */
function both(one, other) {
  return [...new Set([...one.keys(), ...other.keys()])].sort()
}
