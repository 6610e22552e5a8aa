/** The example app, its fragments in Redis. */

import { serveReel } from '../reel/serve.js'

export const serve = ({ redisUrl }) => serveReel(redisUrl)
