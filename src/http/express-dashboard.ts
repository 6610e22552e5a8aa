import type { IncomingMessage, ServerResponse } from 'node:http'
import type { MountedDashboard } from './dashboard-option.ts'
import { splitUrl } from './split-url.ts'

/**
 * Answers a request for the live page; calls `next` for any other, and for those that are not
 * allowed.
 */
export function serveOrNext(
  dashboard: MountedDashboard,
  message: IncomingMessage,
  response: ServerResponse,
  next: () => void,
): void {
  const { pathname, query } = splitUrl(message.url ?? '')
  const path = pathname.slice(dashboard.path.length)
  if (!pathname.startsWith(dashboard.path) || (path !== '' && !path.startsWith('/'))) return next()
  const { secure } = message as { secure?: unknown }
  dashboard
    .serve({ request: message, message, response, path, query, secure: secure === true })
    .then((served) => served || next())
}
