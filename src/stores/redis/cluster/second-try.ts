import type { Clock } from '../../../clock.ts'
import { StoreError, StoreTimeoutError } from '../../../errors.ts'
import type { RedisClusterClient } from '../../../redis/client.ts'
import { isLost, storeFailure } from '../../../redis/failure.ts'
import { MAX_WAITING, SILENT_AFTER } from '../../../redis/link.ts'

/**
 * Errors for a key that has moved to another node, and for a script that the node does not know.
 */
const ELSEWHERE = /^(MOVED|ASK|TRYAGAIN|NOSCRIPT) /

/** Errors of a replica that cannot serve. */
const NO_REPLICA = /^(LOADING|MASTERDOWN) /

/**
 * Errors during a change of the cluster. (After a redirection ioredis reads the slots by itself.)
 */
const CHANGING = /^(CLUSTERDOWN|LOADING|MASTERDOWN|READONLY|TRYAGAIN) /

export function isFailover({ message }: Error): boolean {
  return CHANGING.test(message) || isLost(message)
}

/** Returns true if a command that failed like this is sent again, then to the primary. */
export function deservesSecondTry({ message }: Error, fromReplica: boolean): boolean {
  return ELSEWHERE.test(message) || isLost(message) || (fromReplica && NO_REPLICA.test(message))
}

/**
 * Sends commands for single keys by the client of the cluster, which follows redirections and
 * corrects its slot table by them. It also queues commands for nodes that are gone, so callers wait
 * for it for at most {@link SILENT_AFTER} ms, and at most {@link MAX_WAITING} keys are under way.
 */
export class SecondTry {
  readonly #cluster: RedisClusterClient
  readonly #name: string
  readonly #clock: Clock
  #underWay = 0

  /** @param name of the cluster, for messages */
  constructor(cluster: RedisClusterClient, name: string, clock: Clock) {
    this.#cluster = cluster
    this.#name = name
    this.#clock = clock
  }

  async send<T>(ask: (cluster: RedisClusterClient) => Promise<T>): Promise<T | Error> {
    if (this.#cluster.status !== 'ready') return new StoreError(`${this.#name} is not connected`)
    if (this.#underWay >= MAX_WAITING) {
      return new StoreError(`${this.#name} has ${MAX_WAITING} redirected keys to find: no more meanwhile`)
    }
    this.#underWay++
    return new Promise((resolve) => {
      const timer = this.#clock
        .setTimeout(() => {
          resolve(new StoreTimeoutError(`${this.#name} has not found a key within ${SILENT_AFTER} ms`))
        }, SILENT_AFTER)
        .unref()
      const over = (answer: T | Error) => {
        this.#underWay--
        this.#clock.clearTimeout(timer)
        resolve(answer)
      }
      ask(this.#cluster).then(over, (error: unknown) => over(storeFailure(this.#name, 'failed', error)))
    })
  }
}
