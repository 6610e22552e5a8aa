import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { vi } from 'vitest'
import { binary, end, freePort, HOW_TO_INSTALL, launch, pause } from './redis-server.ts'

const PRIMARIES = 3
const SLOTS = 16_384
/** A node talks to the other nodes at its port plus this. */
const BUS = 10_000
/**
 * How long until a node that does not answer the others is replaced by its replica, in ms: longer
 * than any test. A busy machine holds up healthy nodes, too; who is to be replaced is said by the
 * test.
 */
const NODE_TIMEOUT = 1_800_000
/** How long anything may take that the helper waits for. */
const PATIENCE = 300_000
/** How long one node may take to answer the helper; one that was paused by the test does not. */
const ANSWER_WITHIN = 60_000

export interface ClusterNode {
  readonly port: number
  /** Of the node in the cluster. */
  readonly id: string
  /**
   * A plain client for the test's own look at this node. It connects again by itself after a
   * restart.
   */
  readonly admin: Redis
  /** Stops the process with SIGSTOP: the port accepts connections, nobody answers. */
  pause(): void
  resume(): void
  /** Kills the process. */
  kill(): Promise<void>
  /** Starts it again, empty; it finds the other nodes by itself. */
  restart(): Promise<void>
}

export interface RedisCluster {
  /** 0-2 hold a third of the slots each, in order; 3-5 are their replicas, in the same order. */
  readonly nodes: readonly ClusterNode[]
  /** For a client: all of them. */
  readonly addresses: readonly { host: string; port: number }[]
  /**
   * The node that serves a slot now, by what the nodes that run say; undefined where there is none.
   */
  primaryOf(slot: number): Promise<ClusterNode | undefined>
  /**
   * Has the replica of a primary take its slots, as it does once the others have missed that one
   * for long.
   */
  replace(primary: ClusterNode): Promise<void>
  /**
   * Kills the node that serves the n-th third of the slots, and answers which it was. Its replica
   * takes over.
   */
  killPrimary(n: number): Promise<ClusterNode>
  /** Resolves when every slot has a primary again and each node that runs knows it. */
  whole(): Promise<void>
  /**
   * Moves the slots from `first` to `last`, keys and all, as an administrator does it: slot by
   * slot, key by key.
   * @param pause ms between two keys
   */
  migrateSlots(
    [first, last]: readonly [number, number],
    from: ClusterNode,
    to: ClusterNode,
    pause?: number,
  ): Promise<void>
  /** Removes all keys. */
  flush(): Promise<void>
  /** Kills all processes, removes their folders. */
  stop(): Promise<void>
}

/**
 * Starts a real cluster on the loopback, three primaries with a replica each.
 * @param args for each of the servers
 * @param ca who has signed their certificates: then they are reached by TLS only
 */
export async function startRedisCluster(args: readonly string[] = [], ca?: Buffer): Promise<RedisCluster> {
  if (!binary) throw new Error(HOW_TO_INSTALL)
  const nodes: Member[] = []
  const stop = async () => {
    await Promise.all(nodes.map((node) => node.stop()))
  }
  try {
    for (let n = 0; n < 2 * PRIMARIES; n++) nodes.push(await Member.start(binary, args, ca))
    await form(nodes)
  } catch (error) {
    await stop()
    throw error
  }
  const running = () => nodes.filter((node) => node.runs)

  const primaryOf = async (slot: number) => {
    for (const node of running()) {
      const ranges = (await within(ANSWER_WITHIN, node.admin.cluster('SLOTS')).catch(() => [])) as SlotRange[]
      const range = ranges.find(([first, last]) => slot >= first && slot <= last)
      if (!range) continue
      const primary = nodes.find(({ port }) => port === range[2][1])
      if (primary?.runs) return primary
    }
    return undefined
  }

  const replace = async (primary: ClusterNode) => {
    const at = nodes.indexOf(primary as Member)
    await nodes[(at + PRIMARIES) % nodes.length]?.admin.cluster('FAILOVER', 'TAKEOVER')
  }

  return {
    nodes,
    addresses: nodes.map(({ port }) => ({ host: '127.0.0.1', port })),
    primaryOf,
    replace,
    async killPrimary(n) {
      const node = await primaryOf(firstSlot(n))
      if (!node) throw new Error(`Nobody serves slot ${firstSlot(n)}`)
      await node.kill()
      await replace(node)
      return node
    },
    whole: () => until('every slot has a primary', () => isWhole(running())),
    async migrateSlots([first, last], from, to, pause = 0) {
      const others = running()
      for (let slot = first; slot <= last; slot++) {
        await to.admin.cluster('SETSLOT', slot, 'IMPORTING', from.id)
        await from.admin.cluster('SETSLOT', slot, 'MIGRATING', to.id)
        for (;;) {
          const keys = (await from.admin.cluster('GETKEYSINSLOT', slot, 1)) as string[]
          if (keys.length === 0) break
          await from.admin.call('MIGRATE', '127.0.0.1', to.port, '', 0, 5_000, 'KEYS', ...keys)
          if (pause > 0) await sleep(pause)
        }
        // The one that gets it, first: so that nobody is sent to a node that does not know it yet.
        await to.admin.cluster('SETSLOT', slot, 'NODE', to.id)
        await from.admin.cluster('SETSLOT', slot, 'NODE', to.id)
        // Replicas learn it from their primaries.
        await Promise.all(
          others.map(({ admin }) => admin.cluster('SETSLOT', slot, 'NODE', to.id).catch(() => {})),
        )
      }
    },
    async flush() {
      // Replicas refuse it, and follow.
      await Promise.all(running().map((node) => node.admin.flushall().catch(() => {})))
    },
    stop,
  }
}

type SlotRange = [first: number, last: number, primary: [host: string, port: number, id: string]]

/** The first slot of the n-th third. */
export function firstSlot(n: number): number {
  return Math.floor((SLOTS * n) / PRIMARIES)
}

class Member implements ClusterNode {
  readonly port: number
  readonly admin: Redis
  id = ''
  #child: ChildProcess
  readonly #start: () => Promise<ChildProcess>
  readonly #folder: string

  private constructor(
    port: number,
    folder: string,
    start: () => Promise<ChildProcess>,
    child: ChildProcess,
    ca: Buffer | undefined,
  ) {
    this.port = port
    this.#folder = folder
    this.#start = start
    this.#child = child
    this.admin = new Redis(port, '127.0.0.1', {
      maxRetriesPerRequest: null,
      retryStrategy: () => 50,
      ...(ca && { tls: { ca } }),
    })
    this.admin.on('error', () => {}) // it tries again; a test that kills the node expects this
  }

  static async start(program: string, args: readonly string[], ca?: Buffer): Promise<Member> {
    for (let attempt = 1; ; attempt++) {
      const port = await freeClusterPort()
      const folder = mkdtempSync(join(tmpdir(), 'onetrip-node-'))
      // biome-ignore format: one setting a line
      const settings = [
        '--cluster-enabled', 'yes',
        '--cluster-config-file', 'nodes.conf',
        '--cluster-node-timeout', String(NODE_TIMEOUT),
        '--cluster-replica-validity-factor', '0',
        '--cluster-require-full-coverage', 'no',
        '--cluster-allow-replica-migration', 'no',
        '--repl-diskless-sync-delay', '0',
        // A replica is listed once it has got anything.
        '--repl-ping-replica-period', '1',
        ...(ca ? ['--port', '0', '--tls-port', String(port)] : []),
        ...args,
      ]
      const start = () => launch(program, port, folder, settings)
      try {
        return new Member(port, folder, start, await start(), ca)
      } catch (error) {
        rmSync(folder, { recursive: true, force: true })
        if (attempt === 5) throw error
      }
    }
  }

  get runs(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  pause(): void {
    pause(this.#child)
  }

  resume(): void {
    this.#child.kill('SIGCONT')
  }

  kill(): Promise<void> {
    return end(this.#child)
  }

  async restart(): Promise<void> {
    await this.kill()
    this.#child = await this.#start()
    await this.admin.ping()
  }

  async stop(): Promise<void> {
    this.admin.disconnect()
    await this.kill()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** Makes a cluster of nodes that do not know each other. */
async function form(nodes: readonly Member[]): Promise<void> {
  await Promise.all(
    nodes.map(async (node, n) => {
      node.id = (await node.admin.cluster('MYID')) as string
      // Different ones from the start: else the nodes have to agree on it first.
      await node.admin.cluster('SET-CONFIG-EPOCH', n + 1)
      if (n >= PRIMARIES) return
      const slots = Array.from({ length: firstSlot(n + 1) - firstSlot(n) }, (_, i) => firstSlot(n) + i)
      await node.admin.cluster('ADDSLOTS', ...slots)
    }),
  )
  await untilMet('all nodes know each other', nodes, async () => true)
  await Promise.all(
    nodes.slice(PRIMARIES).map(({ admin }, n) => admin.cluster('REPLICATE', (nodes[n] as Member).id)),
  )
  await until('the replicas follow', async () => {
    const replications = await Promise.all(
      nodes.slice(PRIMARIES).map(({ admin }) => admin.info('replication')),
    )
    return replications.every(hasReceived)
  })
  await untilMet(
    'the cluster serves, and the replicas are listed',
    nodes,
    async () => (await isWhole(nodes)) && (await listsReplicas(nodes)),
  )
}

/** Returns true if a replica follows, and has got anything: else the nodes do not list it. */
function hasReceived(replication: string): boolean {
  const offset = /slave_repl_offset:(\d+)/.exec(replication)?.[1]
  return replication.includes('master_link_status:up') && Number(offset) > 0
}

/**
 * Has all nodes meet each other until `holds` does. A meeting tells at once what a node knows;
 * otherwise it tells one of the others a second.
 */
async function untilMet(
  what: string,
  nodes: readonly Member[],
  holds: () => Promise<boolean>,
): Promise<void> {
  await until(what, async () => {
    const known = await Promise.all(nodes.map(async ({ admin }) => (await admin.cluster('NODES')) as string))
    // A meeting goes on: its result is not there yet.
    if (known.some((text) => text.includes('handshake'))) return false
    if (known.every((text) => nodes.every(({ id }) => text.includes(id))) && (await holds())) return true
    for (const node of nodes)
      for (const { port } of nodes)
        if (port !== node.port) await node.admin.cluster('MEET', '127.0.0.1', port)
    return false
  })
}

/** Returns true if each node lists each replica. */
async function listsReplicas(nodes: readonly Member[]): Promise<boolean> {
  const views = await Promise.all(nodes.map(({ admin }) => admin.cluster('SLOTS') as Promise<unknown[][]>))
  return views.every((ranges) => ranges.every(([, , ...holders]) => holders.length > 1))
}

/** Returns true if each node sees every slot served by one of the nodes. */
async function isWhole(nodes: readonly Member[]): Promise<boolean> {
  const running = new Set(nodes.map(({ port }) => port))
  const views = await Promise.all(
    nodes.map(async ({ admin }) => {
      const info = (await admin.cluster('INFO')) as string
      const ranges = (await admin.cluster('SLOTS')) as unknown as SlotRange[]
      const served = ranges.every(([, , [, port]]) => running.has(port))
      return served && info.includes('cluster_state:ok') && info.includes(`cluster_slots_ok:${SLOTS}`)
    }),
  )
  return views.every(Boolean)
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const look = async () => {
    if (!(await within(ANSWER_WITHIN, holds()))) throw new Error(`Not within ${PATIENCE} ms: ${what}`)
  }
  await vi.waitFor(look, { timeout: PATIENCE, interval: 50 })
}

/** Clients keep commands for a node that is gone; nobody waits for those. */
function within<T>(ms: number, work: Promise<T>): Promise<T> {
  return Promise.race([
    work,
    sleep(ms, undefined, { ref: false }).then(() => {
      throw new Error(`Not within ${ms} ms`)
    }),
  ])
}

/** A port that is free, and whose bus port is free, too. */
async function freeClusterPort(): Promise<number> {
  for (;;) {
    const port = await freePort()
    if (port + BUS < 65_536 && (await isFree(port + BUS))) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}
