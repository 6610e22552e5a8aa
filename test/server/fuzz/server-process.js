/** A server in a process of its own. It sends its port. Killed by the test. */
import { startServer } from '../../../dist/server/index.js'

const server = await startServer({
  maxMemory: '64mb',
  // Scripts of random words may have no end.
  config: { 'busy-reply-threshold': 20 },
})
// A fault is answered as an error: here it ends the process, so that the test fails.
process.on('warning', (warning) => {
  if (warning.code === 'ONETRIP_SERVER_FAULT') throw warning
})
process.send(server.port)
