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

/** Warns, in development, about a bare number that was most likely meant in seconds. */
export function noticeShort(duration: unknown, what: () => string): void {
  if (typeof duration !== 'number' || duration <= 0 || duration >= 1000 || !isDevelopment()) return
  notice(
    `${what()} is ${duration}, which is ${duration} milliseconds: for seconds, write "${duration}s"; if milliseconds are ` +
      `meant, "${duration}ms".`,
  )
}
