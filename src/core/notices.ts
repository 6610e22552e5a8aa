/** Limit of notices of one process: messages may name any number of places. */
const MOST_NOTICES = 100

const given = new Set<string>()

/** Warns about a likely mistake by `process.emitWarning`, once per process for each message. */
export function notice(message: string): void {
  if (given.has(message) || given.size >= MOST_NOTICES) return
  given.add(message)
  process.emitWarning(message, { type: 'OnetripWarning', code: 'ONETRIP_NOTICE' })
}

/** Returns true unless `NODE_ENV` is `production`: likely mistakes are shown then. */
export function isDevelopment(): boolean {
  return process.env.NODE_ENV !== 'production'
}

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

/** Warns, in development, about a bare number that was most likely meant in seconds. */
export function noticeShort(duration: unknown, what: () => string): void {
  if (typeof duration !== 'number' || duration <= 0 || duration >= 1000 || !isDevelopment()) return
  notice(
    `${what()} is ${duration}, which is ${duration} milliseconds: for seconds, write "${duration}s"; if milliseconds are ` +
      `meant, "${duration}ms".`,
  )
}
