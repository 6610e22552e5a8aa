/** A worker process: refreshes the fragments of a site until it is told to end. */

import { openSite } from './site.js'

const site = openSite(JSON.parse(process.argv[2] ?? ''))
const worker = site.queue.worker({ concurrency: 4 })
process.once('message', async () => {
  await worker.close()
  await site.close()
  process.disconnect()
})
process.send?.('ready')
