import { randomUUID } from 'node:crypto'
import type { Store, StoreCapabilities } from '../stores/store.ts'
import { machineTime, type StoreCase, type StoreTime } from './store/case.ts'
import { closingCases } from './store/closing.ts'
import { conditionCases } from './store/conditions.ts'
import { keyCases } from './store/keys.ts'
import { readingCases } from './store/reading.ts'
import { formatCases } from './store/stamp-format.ts'
import { stampCases } from './store/stamp-many.ts'
import { ttlCases } from './store/ttl.ts'

/** Options of {@link storeConformance}. */
export interface StoreConformanceOptions {
  /** Title of the suite. */
  readonly name: string
  /** `describe` of the test runner: Vitest, Jest, Mocha, node:test, ... */
  readonly describe: (name: string, fn: () => void) => unknown
  /** `it` of the test runner. */
  readonly it: (name: string, fn: () => Promise<void>) => unknown
  /**
   * Opens a store, once or more often for each test. The suite closes it. If the store is shared,
   * all of them see the same entries. It need not be empty: each test uses keys of its own.
   */
  readonly create: () => Store | Promise<Store>
  /**
   * Set to false if the store cannot list its keys, and so cannot clear a prefix.
   *
   * @defaultValue true
   */
  readonly lists?: boolean
  /** Expected capabilities. Tests of others are left out. */
  readonly capabilities: StoreCapabilities
  /**
   * Time by which entries expire, for a store that has a clock of the tests.
   *
   * @defaultValue that of the machine
   */
  readonly time?: StoreTime
}

/**
 * Declares the tests that every store passes. The core relies on nothing else: a store that passes
 * can be used.
 *
 * @example
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
    'format of stamps': formatCases,
    conditions: conditionCases,
    stampMany: stampCases,
    ttl: ttlCases,
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
