/**
 * A process that holds the lock "a" until it is killed, and renews it. Arguments: the url of Redis,
 * the options of the lock as JSON. It sends the fencing number when it has the lock.
 */
import { toolkit } from '../../../dist/toolkit/index.js'

const [url, options] = process.argv.slice(2)
const lease = await toolkit(url).lock('a', JSON.parse(options)).acquire()
process.send({ fence: lease.fence })
lease.signal.addEventListener('abort', () => process.send({ lost: true }))
