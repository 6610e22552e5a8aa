/** Writes a key of 100 KB to the file of its argument, and says how that ended. */
import { connect } from 'node:net'
import { startServer } from '../../dist/server/index.js'

const server = await startServer({ save: process.argv[2] })
const socket = connect(server.port, '127.0.0.1')
socket.write('SETRANGE key 100000 x\r\n')
await new Promise((resolve) => socket.once('data', resolve))
await server.close().then(
  () => console.log('saved'),
  (error) => console.log(error.message),
)
