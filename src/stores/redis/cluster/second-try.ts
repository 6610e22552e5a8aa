import type { Clock } from '../../../clock.ts'
import { StoreError, StoreTimeoutError } from '../../../errors.ts'
import type { RedisClusterClient } from '../../../redis/client.ts'
import { isLost, storeFailure } from '../../../redis/failure.ts'
import { MAX_WAITING, SILENT_AFTER } from '../../../redis/link.ts'

/** What a node answers for a key that is elsewhere by now, or when it does not know a script any more. */
const ELSEWHERE = /^(MOVED|ASK|TRYAGAIN|NOSCRIPT) /

/** What a replica says that cannot serve; its primary may. */
const NO_REPLICA = /^(LOADING|MASTERDOWN) /

/** What a node answers whose part of the cluster is about to change. (A redirected command makes ioredis look by itself.) */
const CHANGING = /^(CLUSTERDOWN|LOADING|MASTERDOWN|READONLY|TRYAGAIN) /

export function isFailover({ message }: Error): boolean {
  return CHANGING.test(message) || isLost(message)
}

/** Whether a key that failed so is asked for a second time, then at its primary. */
export function deservesSecondTry({ message }: Error, fromReplica: boolean): boolean {
  return ELSEWHERE.test(message) || isLost(message) || (fromReplica && NO_REPLICA.test(message))
}

/**
 * Commands for single keys, sent by the cluster's client: it follows redirections, and corrects its slot table by
 * them. It also waits for nodes that are gone, and keeps commands meanwhile: so no caller waits for it longer than
 * {@link SILENT_AFTER}, and at most {@link MAX_WAITING} keys are under way.
 */
export class SecondTry {
  readonly #cluster: RedisClusterClient
  readonly #name: string
  readonly #clock: Clock
  #underWay = 0

  /** @param name the cluster's, for messages */
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
