import type { FastifyInstance } from 'fastify'
import type { FragmentEvent } from '../core/events.ts'
import { warnOfOutage } from '../core/store-access/circuit-breaker.ts'

/** A cache that is out of order is seen nowhere else: its pages are served. */
export function logOutage({ log }: FastifyInstance, event: FragmentEvent): void {
  if (event.type !== 'breaker') return
  if (event.state === 'closed') log.info('onetrip: the store answers again, pages are cached')
  // Fastify without a logger.
  else if (log.level === undefined) warnOfOutage(event.error)
  else log.warn({ err: event.error }, 'onetrip: the store has failed, pages are rendered without it')
}
