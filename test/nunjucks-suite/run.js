/**
 * Runs nunjucks' own tests with environments of ours:
 * `npm run test:nunjucks -- <checkout> [--cache]`.
 *
 * The checkout is one of github.com/mozilla/nunjucks, in the version that is installed here, after
 * `npm install` in it. Its tests get the nunjucks that is installed here; each Environment that
 * they make runs our compiler's code, with `--cache` on a cache of its own.
 */
import { readdirSync } from 'node:fs'
import Module, { createRequire } from 'node:module'
import { dirname, join, resolve, sep } from 'node:path'

const [checkout, option] = process.argv.slice(2)
if (checkout === undefined || (option !== undefined && option !== '--cache')) {
  console.error('usage: npm run test:nunjucks -- <checkout of nunjucks> [--cache]')
  process.exit(2)
}
const root = resolve(checkout)
const require = createRequire(import.meta.url)
const requireThere = createRequire(join(root, 'package.json'))
const installed = dirname(require.resolve('nunjucks/package.json'))

const theirs = requireThere('./package.json').version
const ours = require('nunjucks/package.json').version
if (theirs !== ours) throw new Error(`The checkout is nunjucks ${theirs}, installed is ${ours}`)

// What the tests require of `../nunjucks` is the package that onetrip imports.
const { _resolveFilename: resolveFilename } = Module
Module._resolveFilename = (...args) => {
  const found = resolveFilename(...args)
  const there = join(root, 'nunjucks') + sep
  return found.startsWith(there) ? join(installed, found.slice(there.length)) : found
}

// Replaced before nunjucks' door is loaded, which makes environments, too.
const environments = require('nunjucks/src/environment')
let adopt = () => {}
environments.Environment = class extends environments.Environment {
  constructor(...args) {
    super(...args)
    adopt(this)
  }
}
const { FragmentCache } = await import('onetrip')
const { installCache, nunjucksEngine } = await import('onetrip/nunjucks')
const { memoryStore } = await import('onetrip/stores/memory')

adopt = (environment) => {
  if (option === '--cache') {
    installCache(environment, new FragmentCache({ store: memoryStore(), ttl: '1m' }))
  } else nunjucksEngine({ environment })
}

const Mocha = requireThere('mocha')
const mocha = new Mocha({ reporter: 'dot', timeout: 10_000 })
const tests = join(root, 'tests')
/**
 * No test, and the tests of the command line, which run the checkout's own code in processes of
 * their own.
 */
const LEFT_OUT = ['eslint.config.js', 'cli.js']
for (const name of readdirSync(tests).filter((file) => file.endsWith('.js') && !LEFT_OUT.includes(file))) {
  mocha.addFile(join(tests, name))
}
// Each environment warns once of templates that a program makes.
process.removeAllListeners('warning')
process.chdir(root)
process.env.NODE_PATH = join(tests, 'test-node-pkgs')
Module._initPaths()
mocha.run((failures) => process.exit(failures > 0 ? 1 : 0))
