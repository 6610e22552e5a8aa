import { processClock } from '../../../dist/clock.js'
import { Aggregator } from '../../../dist/metrics/redis/aggregator.js'
import { metricsKeys } from '../../../dist/metrics/redis/keys.js'
import { SCRIPTS } from '../../../dist/metrics/redis/scripts.js'
import { CommandClient } from '../../../dist/redis/command-client.js'

/** Adds entries to buckets again and again, until it is killed. Takes over from a killed one. */
const [, , url] = process.argv
const client = new CommandClient('The metrics', 'metrics', url, SCRIPTS)
const keys = metricsKeys('onetrip', false)
const aggregator = new Aggregator(client, keys, processClock, () => {})
await client.call('DEL', [keys.lease])
for (;;) await aggregator.run()
