import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { MountedDashboard } from './dashboard-option.ts'
import { splitUrl } from './split-url.ts'

/**
 * Adds the routes of the live page. They are routes as others, so `authorize` finds what hooks and
 * plugins have added to the request.
 */
export async function routeDashboard(app: FastifyInstance, dashboard: MountedDashboard): Promise<void> {
  // Fastify without a logger has none of its levels.
  if (app.log.level !== undefined)
    dashboard.report = (message, error) => app.log.error({ err: error }, `onetrip: ${message}`)
  await dashboard.ready
  // In a context of its own, whose bodies are left to the live page.
  await app.register(async (own) => {
    own.removeAllContentTypeParsers()
    own.addContentTypeParser('*', (_request, _payload, done) => done(null))
    const full = `${own.prefix}${dashboard.path}`
    const handler = (request: FastifyRequest, reply: FastifyReply) => serve(dashboard, full, request, reply)
    for (const url of [dashboard.path, `${dashboard.path}/*`])
      own.route({ method: ['GET', 'HEAD', 'POST'], url, handler })
    // `close` waits for open connections, those of browsers that follow a page among them.
    own.addHook('preClose', () => dashboard.close())
  })
}

async function serve(
  dashboard: MountedDashboard,
  full: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const { pathname, query } = splitUrl(request.url)
  const served = await dashboard.serve({
    request,
    message: request.raw,
    response: reply.raw,
    path: pathname.slice(full.length),
    query,
    secure: request.protocol === 'https',
  })
  if (served) return reply.hijack()
  reply.callNotFound()
  return reply
}
