import { StoreError } from '../errors.ts'
import { HEAD_LENGTH, headKind } from '../stores/store.ts'
import type { MaybePromise } from '../template/template-engine.ts'
import { decodeMadeOf, readEntry } from './entry.ts'
import type { MissReason } from './events.ts'
import type { Found } from './fetch.ts'
import type { Fragment } from './fragment.ts'
import type { Validity, Verdict } from './validity.ts'

/**
 * Decides what a fragment is. A hit is an entry that can be read, that is made of what this process has, and
 * whose time has not passed; anything else is a miss with its reason.
 *
 * @param now the store's time
 */
export function judge(
  fragment: Fragment,
  found: Found[number],
  now: number,
  validity: Validity,
): MaybePromise<void> {
  // Two renders of one page at the same time may both have asked: the first answer counts.
  if (fragment.fetched) return
  fragment.fetched = true
  if (found instanceof Error) {
    fragment.head = found
    fragment.reason = 'store error'
    return
  }
  if (found === null) {
    fragment.reason = 'absent'
    return
  }
  if (Number.isNaN(now)) {
    // Whether its time has passed cannot be told.
    fragment.head = new StoreError("The store's clock is not known")
    fragment.reason = 'store error'
    return
  }
  const entry = readEntry(fragment.key, found, fragment.place)
  if (!entry) return miss(fragment, found, headKind(found) === 'deleted' ? 'invalidated' : 'damaged')
  const decide = (verdict: Verdict) => {
    if (verdict === 'foreign') fragment.conflictsWith = decodeMadeOf(entry.madeOf).place
    if (verdict !== 'valid') miss(fragment, found, 'template changed')
    else if (entry.freshUntil <= now) miss(fragment, found, 'expired')
    else fragment.fillWithEntry(entry)
  }
  const verdict = validity.of(fragment.place, entry.madeOf)
  return verdict instanceof Promise ? verdict.then(decide) : decide(verdict)
}

function miss(fragment: Fragment, found: Buffer, reason: MissReason): void {
  fragment.reason = reason
  // A copy: what the store gave may be a view into all that the socket delivered.
  fragment.head = Buffer.from(found.subarray(0, HEAD_LENGTH))
}
