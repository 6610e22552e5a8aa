import { randomUUID } from 'node:crypto'
import type { Store, StoreCapabilities } from '../stores/store.ts'
import { machineTime, type StoreCase, type StoreTime } from './store/case.ts'
import { closingCases } from './store/closing.ts'
import { conditionCases } from './store/conditions.ts'
import { headCases } from './store/heads.ts'
import { keyCases } from './store/keys.ts'
import { lifeCases } from './store/lives.ts'
import { readingCases } from './store/reading.ts'
import { stampCases } from './store/stamps.ts'

export interface StoreConformanceOptions {
  /** What the suite is called. */
  readonly name: string
  /** The test runner's; of Vitest, Jest, Mocha, node:test, ... */
  readonly describe: (name: string, fn: () => void) => unknown
  readonly it: (name: string, fn: () => Promise<void>) => unknown
  /**
   * Opens a store, once or more often for each test. The suite closes it. Where the store is shared, all of
   * them see the same entries. They need not be empty: each test uses keys of its own.
   */
  readonly create: () => Store | Promise<Store>
  /** Whether the store can list its keys, and so clear a prefix. One that cannot says so when it is asked. Default: true. */
  readonly lists?: boolean
  /** What the store keeps; the suite checks that it says so itself, and leaves out what it cannot keep. */
  readonly capabilities: StoreCapabilities
  /** For a store that was given a clock of the test's own: what that shows, and how it is moved. Default: the machine's. */
  readonly time?: StoreTime
}

/**
 * Declares the tests that every store passes. It is what the core relies on: a store that passes can be used.
 *
 * ```ts
 * import { describe, it } from 'vitest'
 * import { storeConformance } from 'onetrip/testing'
 *
 * storeConformance({
 *   name: 'my store',
 *   describe,
 *   it,
 *   create: () => myStore(),
 *   capabilities: { shared: true, conditional: true, ttlPrecision: 1 },
 * })
 * ```
 */
export function storeConformance({
  name,
  describe,
  it,
  create,
  capabilities,
  lists = true,
  time = machineTime,
}: StoreConformanceOptions): void {
  const groups: Record<string, readonly StoreCase[]> = {
    'reads what was written': readingCases,
    heads: headCases,
    conditions: conditionCases,
    stamps: stampCases,
    lives: lifeCases,
    'keys and prefixes': keyCases,
    'clock and close': closingCases,
  }
  describe(name, () => {
    for (const [group, cases] of Object.entries(groups)) {
      describe(group, () => {
        for (const { title, needs, run } of cases) {
          if (needs === 'listing' ? !lists : needs && !capabilities[needs]) continue
          it(title, async () => {
            const opened: Store[] = []
            const open = async () => {
              const store = await create()
              opened.push(store)
              return store
            }
            try {
              const store = await open()
              await run({ store, open, capabilities, time, prefix: `conformance:${randomUUID()}:` })
            } finally {
              await Promise.all(opened.map((store) => store.close()))
            }
          })
        }
      })
    }
  })
}
