/**
 * The example app with caching off: all queries run, all fragments are rendered, for each request.
 */

import { serveReel } from '../reel/serve.js'

export const serve = ({ redisUrl }) => serveReel(redisUrl, { cache: false })
