import { STAMP_LENGTH } from '../../stores/store.ts'
import type { Services } from '../services.ts'
import { newReadContext } from '../tags/read-keys.ts'
import { type Claim, claimOfDue } from './claims.ts'

/** An entry that has expired, or soon will. */
interface Due {
  readonly key: string
  /** The stamp that it was found with. */
  readonly stamp: Buffer | null | Error
}

type Refreshing = Pick<Services, 'refreshes' | 'claims' | 'store' | 'signer' | 'options' | 'time'>

/**
 * Refreshes what was found due: each once at a time in this process, and by one process, unless it
 * was refreshed since. Never rejects. What fails rests for a while.
 * @param foundAt a time of the process' clock before it was found due
 * @param refresh refreshes one, returns true if it was stored, and reports what it throws
 */
export async function refreshDue<Item extends Due>(
  items: readonly Item[],
  foundAt: number,
  refresh: (item: Item) => Promise<boolean>,
  services: Refreshing,
): Promise<void> {
  const { refreshes, claims } = services
  const begun = items.filter(({ key }) => refreshes.begin(key, foundAt))
  if (begun.length === 0) return
  const claimed = begun.map(({ key, stamp }) => claimOfDue(key, stamp as Buffer))
  const stored = new Set<Claim>()
  try {
    const ours = claims ? await claim(claimed, services) : begun.map(() => true)
    const refreshOne = async (item: Item, n: number) => {
      const own = claimed[n] as Claim
      // Another process refreshes it, or has done so.
      if (!ours[n]) {
        stored.add(own)
        return
      }
      try {
        if (await refresh(item)) stored.add(own)
        refreshes.succeeded(item.key)
      } catch {
        refreshes.failed(item.key)
      }
    }
    await Promise.all(begun.map(refreshOne))
  } finally {
    for (const { key } of begun) refreshes.end(key)
    await claims?.release(claimed, (one) => stored.has(one))
  }
}

/** Claims entries. @returns for each whether this process is to refresh it */
async function claim(claims: readonly Claim[], services: Refreshing): Promise<boolean[]> {
  const { store } = services
  const claimed = (await services.claims?.claim(claims)) ?? []
  const keys = claims.filter((_, n) => claimed[n]).map(({ key }) => key)
  if (keys.length === 0) return claimed
  // Copies would show what this process has seen.
  store.dropCopies(keys)
  const found = await store.read(keys, newReadContext(services, undefined).deadline)
  const values = new Map(keys.map((key, n) => [key, found[n]]))
  return claims.map(({ key, stamp }, n) => {
    const value = values.get(key)
    if (!claimed[n] || !Buffer.isBuffer(value)) return claimed[n] as boolean
    return stamp !== null && value.subarray(0, STAMP_LENGTH).equals(stamp)
  })
}
