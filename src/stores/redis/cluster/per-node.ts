import type { Clock } from '../../../clock.ts'
import { ClosedError, StoreTimeoutError } from '../../../errors.ts'
import { storeFailure } from '../../../redis/failure.ts'
import type { RedisLink } from '../../../redis/link.ts'
import { keySlot } from '../../../redis/slot.ts'
import { chunksOf } from '../one-server/batches.ts'
import { toClusterKey } from './cluster-key.ts'
import { type ClusterNodes, keyOnNode } from './cluster-nodes.ts'
import type { KeyCommand } from './key-command.ts'
import { deservesSecondTry, isFailover, type SecondTry } from './second-try.ts'
import { type Asked, allButStragglers } from './stragglers.ts'

export interface PerNodeSettings {
  readonly readFrom: 'primary' | 'replica'
  /**
   * Silence of a node, in ms, after which a read that another node has answered ends without it.
   */
  readonly nodeTimeout: number
}

/**
 * Most keys of one pipeline, which has no reply before its last key. More pipelines share the trip.
 */
const PIPELINE_KEYS = 250

/** The keys of one call that are on one node. */
class Group<A> implements Asked {
  readonly link: RedisLink
  /** Indexes of the keys in the call. */
  readonly places: number[] = []
  /** Escaped for the cluster, without the keyPrefix. */
  readonly keys: string[] = []
  /** Undefined until the node has replied. */
  answers: readonly (A | Error)[] | undefined
  /** Why none of the keys has an answer. */
  failure: Error | undefined
  /**
   * When its keys were last sent. The link may have to connect first, or the cluster sends them.
   */
  startedAt: number
  secondTry = false
  readonly #clock: Clock

  constructor(link: RedisLink, clock: Clock) {
    this.link = link
    this.#clock = clock
    this.startedAt = clock.now()
  }

  get over(): boolean {
    return this.answers !== undefined || this.failure !== undefined
  }

  quietFor(): number {
    const ofLink = this.secondTry ? undefined : this.link.quietFor
    return ofLink ?? this.#clock.now() - this.startedAt
  }
}

/**
 * Sends a command for each key: to all nodes at once, in one pipeline each. (Two keys of a node may
 * be in two slots, and no command of Redis accepts both.) If a node fails, only its keys do. Keys
 * that have moved to another node are sent again.
 */
export class PerNode {
  readonly #nodes: ClusterNodes
  readonly #secondTry: SecondTry
  readonly #keyPrefix: string
  readonly #settings: PerNodeSettings
  readonly #clock: Clock

  constructor(
    nodes: ClusterNodes,
    secondTry: SecondTry,
    keyPrefix: string,
    settings: PerNodeSettings,
    clock: Clock,
  ) {
    this.#nodes = nodes
    this.#secondTry = secondTry
    this.#keyPrefix = keyPrefix
    this.#settings = settings
    this.#clock = clock
  }

  /** Rejects if no key has an answer. */
  async send<T, A>(items: readonly T[], command: KeyCommand<T, A>): Promise<(A | Error)[]> {
    const answers = new Array<A | Error>(items.length)
    const groups = this.#group(items, command, answers)
    const sent = groups.map((group) => this.#ask(group, items, command))
    if (command.reads && sent.length > 1)
      await allButStragglers(groups, sent, this.#settings.nodeTimeout, this.#clock)
    else await Promise.all(sent)
    for (const group of groups) {
      const late = group.answers ? undefined : (group.failure ?? this.#late(group))
      group.places.forEach((place, n) => {
        answers[place] = late ?? (group.answers?.[n] as A | Error)
      })
    }
    if (groups.every(({ failure }) => failure)) {
      throw groups[0]?.failure ?? answers.find((answer) => answer instanceof Error)
    }
    return answers
  }

  /** Groups keys by node. Sets an Error in `answers` for each key without a node. */
  #group<T, A>(items: readonly T[], command: KeyCommand<T, A>, answers: (A | Error)[]): Group<A>[] {
    const groups = new Map<RedisLink, Group<A>>()
    const fromReplica = command.reads && this.#settings.readFrom === 'replica'
    const withoutNode = new Map<string, Error>()
    const pick = Math.random()
    items.forEach((item, place) => {
      const key = toClusterKey(command.keyOf(item))
      const slot = keySlot(this.#keyPrefix + key)
      try {
        const link = fromReplica ? this.#nodes.replica(slot, pick) : this.#nodes.primary(slot)
        const group = groups.get(link) ?? new Group<A>(link, this.#clock)
        groups.set(link, group)
        group.places.push(place)
        group.keys.push(key)
      } catch (error) {
        answers[place] = once(withoutNode, error as Error)
      }
    })
    return [...groups.values()]
  }

  /** Sends a group. Never rejects; resolves to false if the node has not replied. */
  async #ask<T, A>(group: Group<A>, items: readonly T[], command: KeyCommand<T, A>): Promise<boolean> {
    const { link, places, keys } = group
    try {
      const pipelines = await Promise.all(
        chunksOf(keys, PIPELINE_KEYS).map((chunk, c) =>
          link.send((client) => {
            const pipeline = client.pipeline()
            chunk.forEach((key, n) => {
              const item = items[places[c * PIPELINE_KEYS + n] as number] as T
              command.pipe(pipeline, keyOnNode(client, this.#keyPrefix, key), item)
            })
            return pipeline.exec()
          }),
        ),
      )
      const failed: [n: number, error: Error][] = []
      const answers = pipelines
        .flatMap((replies) => replies ?? [])
        .map(([error, answer], n) => {
          if (error) failed.push([n, error])
          return error ?? command.read(answer, link.server)
        })
      if (failed.length > 0) await this.#tryAgain(group, failed, answers, items, command)
      group.answers = answers
    } catch (error) {
      this.#nodes.refreshSlots()
      group.failure = error as Error
    }
    return group.failure === undefined
  }

  /** Replaces the errors among `answers` by the answers, or the errors, of a second try. */
  async #tryAgain<T, A>(
    group: Group<A>,
    failed: readonly [n: number, error: Error][],
    answers: (A | Error)[],
    items: readonly T[],
    command: KeyCommand<T, A>,
  ): Promise<void> {
    const { link, places, keys } = group
    link.checkOpen()
    group.secondTry = true
    group.startedAt = this.#clock.now()
    const kinds = new Map<string, Error>()
    const fromReplica = command.reads && this.#settings.readFrom === 'replica'
    if (failed.some(([, error]) => isFailover(error))) this.#nodes.refreshSlots()
    await Promise.all(
      failed.map(async ([n, error]) => {
        const [, slot, name] = /^MOVED (\d+) (\S+)/.exec(error.message) ?? []
        if (slot !== undefined && name !== undefined) this.#nodes.moved(Number(slot), name)
        if (!deservesSecondTry(error, fromReplica)) {
          answers[n] = once(kinds, storeFailure(link.server, 'failed', error))
          return
        }
        const item = items[places[n] as number] as T
        const answer = await this.#secondTry.send((cluster) => command.send(cluster, keys[n] as string, item))
        answers[n] = answer instanceof Error ? once(kinds, answer) : command.read(answer, link.server)
      }),
    )
    if (failed.length === answers.length && answers.every((answer) => answer instanceof Error)) {
      group.failure = answers[0] as Error
    }
    link.checkOpen()
  }

  #late({ link }: Group<unknown>): StoreTimeoutError {
    const { nodeTimeout } = this.#settings
    return new StoreTimeoutError(
      `${link.server} has answered nothing for ${nodeTimeout} ms, ` +
        'while another node of the Redis Cluster has (nodeTimeout)',
    )
  }
}

/** Returns the same error for all keys with the same message, so that it is reported once. */
function once(kinds: Map<string, Error>, error: Error): Error {
  if (error instanceof ClosedError) return error
  const known = kinds.get(error.message)
  if (!known) kinds.set(error.message, error)
  return known ?? error
}
