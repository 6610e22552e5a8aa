import type { Database } from '../../data/database.ts'
import type { ScoredMember } from './scored-member.ts'
import { SortedSet } from './sorted-set.ts'

/** Sets a key to a sorted set of these members, whatever it was; without members it is removed. */
export function storeMembers(
  database: Database,
  key: string,
  items: readonly ScoredMember[],
  event: string,
): void {
  if (items.length === 0) {
    if (database.delete(key)) database.changed(key, 'g', 'del')
    return
  }
  database.set(key, SortedSet.of(items))
  database.changed(key, 'z', event)
}
