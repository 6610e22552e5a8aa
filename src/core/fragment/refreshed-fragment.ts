import type { Entry } from '../entry/entry.ts'
import { Fragment } from './fragment.ts'
import { LookupResult } from './lookup-result.ts'

/** Returns the same fragment as a miss, whose entry replaces the one that it shows. */
export function refreshedFragment(fragment: Fragment): Fragment {
  const { key, version, lifetime, tags, engine, run } = fragment
  const { place, name, bubbles, readsNocache, allowEmpty, vary, keyed, bind, defined } = fragment
  const declaration = {
    ...{ place, name, bubbles, readsNocache, allowEmpty, vary, keyed, bind, defined },
    parts: [],
    enabled: true,
    ttl: lifetime.ttl,
    body: run,
  }
  const refreshed = new Fragment(declaration, key, version, lifetime, tags, engine)
  refreshed.found = LookupResult.miss('expired', (fragment.entry as Entry).stamp)
  return refreshed
}
