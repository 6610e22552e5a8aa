/**
 * Writes the reference of the command line from the help of its commands.
 *
 *     npm run docs:cli        to docs/cli.md
 */

import { writeFileSync } from 'node:fs'
import { cliReference } from './cli-reference.js'

writeFileSync(new URL('../../docs/cli.md', import.meta.url), cliReference())
