/** A server in a process of its own. It sends its port. Killed by the test. */
import { startServer } from '../../../dist/server/index.js'

const server = await startServer({
  maxMemory: '64mb',
  // Scripts of random words may have no end.
  config: { 'busy-reply-threshold': 20 },
})
process.send(server.port)
