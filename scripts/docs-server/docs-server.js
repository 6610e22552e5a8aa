/**
 * Writes the list of the server's commands from its table.
 *
 *     npm run docs:server        to docs/server-commands.md
 */

import { writeFileSync } from 'node:fs'
import { serverCommands } from './server-commands.js'

writeFileSync(new URL('../../docs/server-commands.md', import.meta.url), serverCommands())
