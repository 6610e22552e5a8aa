#!/usr/bin/env node
/**
 * Starts `onetrip/server` with the arguments of redis-server, so that `startRedis()` can start it
 * instead. Needs a build.
 */
import { startServer } from '../../dist/server/index.js'

/** Arguments that say where files are: nothing is written. */
const FILES = new Set(['dir', 'save', 'daemonize'])

const args = process.argv.slice(2)
let port = 0
let host = '127.0.0.1'
const config = {}
for (let n = 0; n < args.length; n += 2) {
  const name = args[n].replace(/^--/, '')
  const value = args[n + 1]
  if (name === 'port') port = Number(value)
  else if (name === 'bind') host = value
  else if (!FILES.has(name)) config[name] = value
}
const server = await startServer({ port, host, config })
process.once('SIGTERM', () => server.close())
console.log('Ready to accept connections')
