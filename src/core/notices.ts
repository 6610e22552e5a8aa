import { isDevelopment, notice } from '../options/notice.ts'

/** Warns about two places that have one key: each page replaces the entry of the other place. */
export function noticeConflict(name: string, places: readonly [string, string]): void {
  notice(
    `Two fragments have the key of "${name}", at ${places.toSorted().join(' and ')}: each page shows each its own content, ` +
      'and only one of them is stored. Give one of them another name.',
  )
}

/** Warns, in development, about a fragment that is rendered for every page because it is empty. */
export function noticeEmpty(fragment: string): void {
  if (!isDevelopment()) return
  notice(
    `The fragment ${fragment} is empty, and is not stored: an empty fragment is often a failure. If it may be empty, write ` +
      'allowEmpty=true in its tag.',
  )
}
