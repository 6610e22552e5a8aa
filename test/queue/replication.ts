import { expect } from 'vitest'
import { keySlot } from '../../src/redis/slot.ts'
import type { ClusterNode, RedisCluster } from '../helpers/redis-cluster.ts'

const SLOTS = 16_384
const PRIMARIES = 3

/** Returns the third of the slots that a queue is in. */
export function thirdOf(queue: string): number {
  return Math.floor((keySlot(queue) * PRIMARIES) / SLOTS)
}

/** Returns the node that has a queue, and its replica. */
export async function nodesOf(
  cluster: RedisCluster,
  queue: string,
): Promise<{ primary: ClusterNode; replica: ClusterNode }> {
  const primary = await cluster.primaryOf(keySlot(queue))
  if (!primary) throw new Error(`No node has the queue ${queue}`)
  const at = cluster.nodes.indexOf(primary)
  return { primary, replica: cluster.nodes[(at + PRIMARIES) % cluster.nodes.length] as ClusterNode }
}

/** Resolves when the replica of a queue's node has what that node has now. */
export async function replicated(cluster: RedisCluster, queue: string): Promise<void> {
  const { primary, replica } = await nodesOf(cluster, queue)
  const wanted = await offsetOf(primary)
  await expect
    .poll(async () => {
      const info = await replica.admin.info('replication')
      return info.includes('master_link_status:up') && (await offsetOf(replica)) >= wanted
    })
    .toBe(true)
}

async function offsetOf({ admin }: ClusterNode): Promise<number> {
  const info = await admin.info('replication')
  return Number(/^master_repl_offset:(\d+)/m.exec(info)?.[1])
}
