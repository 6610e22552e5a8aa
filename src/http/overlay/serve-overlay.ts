import type { FastifyInstance } from 'fastify'
import { type Inspections, SCRIPT_HEADERS } from './inspections.ts'

/**
 * Answers requests for the script of the overlay, whatever their path. To be called once the hook
 * is there that gives requests their page: later hooks, such as those of onSend, may use it.
 */
export function serveOverlay(app: FastifyInstance, inspections: Inspections): void {
  app.addHook('onRequest', (request, reply, done) => {
    const script = inspections.scriptFor(request.raw.url)
    if (script) reply.headers(SCRIPT_HEADERS).send(script)
    else done()
  })
}
