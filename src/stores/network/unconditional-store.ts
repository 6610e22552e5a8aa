import type { Clock } from '../../clock.ts'
import { ClosedError } from '../../errors.ts'
import { MachineClock } from '../machine-clock.ts'
import type { StoreCapabilities } from '../store.ts'

/**
 * The common part of stores whose servers have no scripts: stamps are by the clock of this machine,
 * conditions are not atomic, and TTLs are whole seconds.
 */
export abstract class UnconditionalStore {
  readonly capabilities: StoreCapabilities = { shared: true, conditional: false, ttlPrecision: 1000 }
  protected readonly machine: MachineClock
  readonly #title: string
  readonly #connections: { close(): void }
  #closed = false

  /** @param title for errors: `The memcached store` */
  constructor(title: string, connections: { close(): void }, clock: Clock) {
    this.machine = new MachineClock(clock)
    this.#title = title
    this.#connections = connections
  }

  async clock(): Promise<number> {
    this.checkOpen()
    return this.machine.now()
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#connections.close()
  }

  /** @throws ClosedError */
  protected checkOpen(): void {
    if (this.#closed) throw new ClosedError(this.#title)
  }
}
