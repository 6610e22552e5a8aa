import { messageOf, OnetripError } from '../../errors.ts'
import type { QueueInfo } from '../../queue/index.ts'
import { CommandClient } from '../../redis/command-client.ts'
import { escapePattern } from '../../redis/scan-nodes.ts'
import { DONE, FOUND } from '../exit-codes.ts'
import { type Output, writeJson } from '../output/output.ts'
import { table } from '../output/table.ts'
import { duration, number } from '../output/units.ts'
import { type RedisAddress, redisOf } from '../store/open-redis.ts'
import { UnreachableError } from '../unreachable-error.ts'
import { queueAt } from './open-queue.ts'
import type { QueueFlags } from './queue-command.ts'

type Row = QueueInfo & { readonly name: string }

/** Runs `onetrip queue list`. @returns the exit code */
export async function listQueues(
  names: readonly string[],
  { json, ...flags }: QueueFlags,
  output: Output,
  notes: Output,
): Promise<number> {
  const address = await redisOf(flags)
  try {
    const found = names.length > 0 ? names : await queuesIn(address, flags.prefix)
    const rows = await Promise.all(found.map((name) => infoOf(name, address, flags.prefix)))
    if (json) writeJson(output, { queues: rows })
    else if (rows.length > 0) output.write(textOf(rows))
    if (rows.length === 0) notes.write(`There are no queues with the prefix ${flags.prefix}.\n`)
    return rows.length === 0 ? FOUND : DONE
  } finally {
    address.close()
  }
}

/** Returns the names of the queues that have keys, which all begin with `prefix:{name}`. */
async function queuesIn({ redis }: RedisAddress, prefix: string): Promise<string[]> {
  const client = new CommandClient('onetrip queue list', 'onetrip queue list', redis)
  const names = new Set<string>()
  try {
    for await (const page of client.scan(`${escapePattern(prefix)}:{*}*`))
      for (const key of page) {
        const name = /^\{([^{}]+)\}(:|$)/.exec(key.toString().slice(prefix.length + 1))?.[1]
        if (name !== undefined) names.add(name)
      }
  } catch (error) {
    // The client of a cluster has errors of its own, before it knows a node.
    throw error instanceof OnetripError
      ? error
      : new UnreachableError(`Redis cannot be read: ${messageOf(error)}`)
  } finally {
    client.close()
  }
  return [...names].sort()
}

async function infoOf(name: string, address: RedisAddress, prefix: string): Promise<Row> {
  const queue = queueAt(name, address, prefix)
  try {
    return { name, ...(await queue.info()) }
  } finally {
    await queue.close()
  }
}

function textOf(rows: readonly Row[]): string {
  const perSecond = (rate: number) => rate.toFixed(rate < 10 ? 1 : 0)
  return table<Row>(
    [
      { title: 'QUEUE', cell: ({ name, paused }) => `${name}${paused ? ' (paused)' : ''}` },
      { title: 'WAITING', cell: ({ waiting, ordered }) => number(waiting.total + ordered), align: 'right' },
      {
        title: 'OLDEST',
        cell: ({ oldest }) => (oldest === undefined ? '' : duration(oldest)),
        align: 'right',
      },
      { title: 'DELAYED', cell: ({ delayed }) => number(delayed), align: 'right' },
      { title: 'HELD', cell: ({ workers }) => number(sum(workers.map(({ held }) => held))), align: 'right' },
      { title: 'DEAD', cell: ({ dead }) => number(dead), align: 'right' },
      { title: 'WORKERS', cell: ({ workers }) => number(workers.length), align: 'right' },
      { title: 'ADDED/S', cell: ({ rates }) => perSecond(rates.added), align: 'right' },
      { title: 'DONE/S', cell: ({ rates }) => perSecond(rates.completed), align: 'right' },
      { title: 'FAILED/S', cell: ({ rates }) => perSecond(rates.failed), align: 'right' },
    ],
    rows,
  )
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
