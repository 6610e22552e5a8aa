/** Runs onetrip/server on a port: `node our-server.js PORT`. */

import { startServer } from '../../dist/server/index.js'

await startServer({ port: Number(process.argv[2]) })
console.log('ready')
