import type { FastifyInstance } from 'fastify'
import type { FragmentsEndpoint } from './fragments-endpoint.ts'

/** Adds the route of the endpoint, if there is one. Errors go to the error handler. */
export function serveFragments(app: FastifyInstance, endpoint: FragmentsEndpoint | undefined): void {
  if (!endpoint) return
  app.route({
    method: ['GET', 'HEAD'],
    url: `${endpoint.urls.path}/:name`,
    handler: async (request, reply) => {
      const answer = await endpoint.answer(request.url.slice(app.prefix.length), request)
      if (!answer) return reply.callNotFound()
      return reply.code(answer.status).headers(answer.headers).send(answer.body)
    },
    // The one that the app has set by then: a route takes the one from before it.
    errorHandler: (error, request, reply) => app.errorHandler(error, request, reply),
  })
}
