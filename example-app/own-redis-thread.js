/** The thread of `openOwnRedis()`. It sends the URL of its server. */

import { parentPort } from 'node:worker_threads'
import { startServer } from 'onetrip/server'

const server = await startServer()
parentPort?.postMessage(server.url)
