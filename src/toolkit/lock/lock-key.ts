import { familyKey, type KitContext } from '../kit-context.ts'
import { ASK, ASK_IN_TURN, CLEAR, RELEASE, RENEW } from './lock-scripts.ts'

/** Answer of the server to those who ask for a lock. */
export interface LockAnswer {
  /** Token of the one that has the lock now; undefined if another has it. */
  readonly token: string | undefined
  /** Fencing number of that one. */
  readonly fence: number
  /** Time until the lock may be free, in ms. */
  readonly askAgainIn: number
}

/** The keys of one lock, and the calls of its scripts. */
export class LockKey {
  readonly name: string
  readonly key: string
  readonly fair: boolean
  readonly context: KitContext
  readonly #keys: readonly string[]

  constructor(context: KitContext, name: string, fair: boolean) {
    this.name = name
    this.key = familyKey(context, 'lock', name)
    this.fair = fair
    this.context = context
    const { key } = this
    this.#keys = [key, `${key}:fence`, ...(fair ? [`${key}:queue`, `${key}:alive`] : [])]
  }

  /** Name of the channel on which it is announced that the lock is free. */
  get channel(): string {
    return `${this.context.client.keyPrefix}${this.key}:free`
  }

  /**
   * Asks for the lock.
   *
   * @param waits time for which those who ask keep their place in the queue, in ms; 0 for none
   */
  async ask(
    tokens: readonly string[],
    ttl: number,
    waits: number,
    signal?: AbortSignal,
  ): Promise<LockAnswer> {
    const script = this.fair ? ASK_IN_TURN : ASK
    const args = [String(ttl), String(waits), ...tokens]
    const reply = await this.context.client.runBuffer(script, this.#keys, args, { signal })
    const [token, fence, askAgainIn] = reply as [Buffer, Buffer | number, number]
    return { token: String(token) || undefined, fence: Number(String(fence)), askAgainIn }
  }

  /** Returns true if the lock was held by the token. Its place in the queue is given back, too. */
  async release(token: string): Promise<boolean> {
    return (await this.context.client.runBuffer(RELEASE, this.#keys, [token])) === 1
  }

  async clear(): Promise<boolean> {
    return (await this.context.client.runBuffer(CLEAR, this.#keys, [])) === 1
  }

  /** Returns true if the lock is held by the token: it lives for at least `ms` from now. */
  async renew(token: string, ms: number): Promise<boolean> {
    return (await this.context.client.runBuffer(RENEW, [this.key], [token, String(ms)])) === 1
  }
}
