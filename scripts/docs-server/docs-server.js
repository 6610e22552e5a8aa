/**
 * Writes the list of the server's commands from its table, to docs/server-commands.md, and its
 * measured speed, to docs/server.md.
 *
 *     npm run docs:server
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { serverCommands } from './server-commands.js'
import { withSpeed } from './server-speed.js'

writeFileSync(new URL('../../docs/server-commands.md', import.meta.url), serverCommands())

const page = new URL('../../docs/server.md', import.meta.url)
writeFileSync(page, withSpeed(readFileSync(page, 'utf8')))
