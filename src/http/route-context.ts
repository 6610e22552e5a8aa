import type { FastifyContextConfig, FastifyReply, FastifyRequest } from 'fastify'

/** The part of Fastify's context of a route that is used. */
interface RouteContext {
  readonly onSend?: unknown
  readonly config?: FastifyContextConfig
}

let symbol: symbol | undefined

/** Returns what Fastify keeps under a symbol of its own; undefined where that is not found. */
function contextOf(request: FastifyRequest): RouteContext | undefined {
  symbol ??= Object.getOwnPropertySymbols(request).find(
    ({ description }) => description === 'fastify.context',
  )
  return symbol && (request as unknown as Record<symbol, RouteContext>)[symbol]
}

/** Returns the config of a route. `routeOptions` has it too, and is made for each read. */
export function configOf(request: FastifyRequest): FastifyContextConfig {
  return contextOf(request)?.config ?? request.routeOptions.config
}

/** Returns the pattern of the route that serves a request; undefined if none does. */
export function patternOf(request: FastifyRequest): string | undefined {
  const { url } = configOf(request) as { readonly url?: string }
  return url
}

/** Names of the onSend hooks of this package; Fastify binds hooks to the instance. */
const OWN_HOOKS: ReadonlySet<string> = new Set(['bound onetripHeaders', 'bound onetripBody'])

/**
 * Says whether hooks of others see what a reply sends, and may keep or replace it. Where the hooks
 * of its route are not found, they do.
 */
export function isSeenByHooks({ request }: FastifyReply): boolean {
  const hooks = contextOf(request)?.onSend
  if (hooks === null) return false
  return !Array.isArray(hooks) || !hooks.every((hook) => OWN_HOOKS.has((hook as { name: string }).name))
}
