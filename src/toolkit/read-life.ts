import { toMilliseconds } from '../options/duration.ts'
import { noticeShort } from '../options/notice.ts'

/**
 * Returns the milliseconds of a life, a period or a wait. Warns once, in development, about a bare
 * number below a second: `expire(60)` is 60 ms, where Redis and other packages take seconds.
 *
 * @param what the method or the option, for messages
 * @throws DurationError
 */
export function readLife(duration: unknown, what: string): number {
  const milliseconds = toMilliseconds(duration, what)
  if (milliseconds < 1000) noticeShort(duration, () => what)
  return milliseconds
}
