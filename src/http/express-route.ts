/** A match of a layer: the part of the path, and the values of parameters in it. */
interface Match {
  readonly path?: string | undefined
  readonly params?: Readonly<Record<string, unknown>> | undefined
  /** As the application wrote it; only later versions have it. */
  readonly pattern?: unknown
}

/** The part of a layer of the routers of Express 4 and 5 that is used. */
interface Layer extends Match {
  readonly route?: object | undefined
  readonly handle?: { readonly stack?: readonly Layer[] } | undefined
  /**
   * Returns the match, or sets `path` and `params` of the layer, which the router reads in the same
   * turn, and returns true.
   */
  match(path: string): boolean | Match
}

interface Stacked {
  readonly stack?: readonly Layer[]
}

/** The part of a request that is used. */
interface RoutedRequest {
  readonly route?: { readonly path?: unknown } | undefined
  readonly baseUrl?: string
  readonly app?: { readonly _router?: Stacked; readonly router?: Stacked }
}

/** The part of the URL that routers took away, and the pattern that they have for it. */
interface Mount {
  readonly baseUrl: string
  readonly pattern: string
}

/** Most routers inside each other. */
const MAX_DEPTH = 20
/** In place of a mount whose pattern is not found: a URL may name a visitor. */
const UNKNOWN_MOUNT = '/*'

/** The last mount of each route, which most have only one of. */
const mounts = new WeakMap<object, Mount>()

/**
 * Returns the pattern of the route that serves a request, such as `/shop/:id`, with those of the
 * routers around it; undefined if no route does. `req.baseUrl` is never used as it is: of a router
 * at `/user/:id` it is the URL.
 */
export function expressRoute(request: unknown): string | undefined {
  const { route, baseUrl = '', app } = request as RoutedRequest
  if (!route) return undefined
  const path = Array.isArray(route.path) ? route.path.join(',') : String(route.path)
  return mountOf(route, baseUrl, app) + path
}

function mountOf(route: object, baseUrl: string, app: RoutedRequest['app']): string {
  const known = mounts.get(route)
  if (known?.baseUrl === baseUrl) return known.pattern
  const pattern = findMount(stackOf(app), baseUrl, route, 0)
  // An error handler outside of the router sees the URL of its own place.
  if (pattern === undefined) return known?.pattern ?? (baseUrl === '' ? '' : UNKNOWN_MOUNT)
  mounts.set(route, { baseUrl, pattern })
  return pattern
}

function stackOf(app: RoutedRequest['app']): readonly Layer[] {
  // In Express 4, reading `router` throws.
  const router = app?._router ?? (app && '_router' in app ? undefined : app?.router)
  return router?.stack ?? []
}

/** @returns undefined if the route is not there */
function findMount(stack: readonly Layer[], rest: string, route: object, depth: number): string | undefined {
  if (depth > MAX_DEPTH) return undefined
  for (const layer of stack) {
    if (layer.route === route && (rest === '' || rest === '/')) return ''
    const inner = layer.handle?.stack
    const match = layer.route || !inner ? undefined : matchOf(layer, rest)
    if (!match || !inner) continue
    const taken = withoutSlash(match.path ?? '')
    const found = findMount(inner, rest.slice(taken.length), route, depth + 1)
    if (found !== undefined) return patternOf(taken, match) + found
  }
  return undefined
}

function matchOf(layer: Layer, rest: string): Match | undefined {
  try {
    const match = layer.match(rest === '' ? '/' : rest)
    if (typeof match === 'object') return match
    return match ? layer : undefined
  } catch {
    // A part of the path that cannot be decoded.
    return undefined
  }
}

function withoutSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path
}

/** Returns the pattern, or the path with the names of parameters in place of their values. */
function patternOf(path: string, { params = {}, pattern }: Match): string {
  if (typeof pattern === 'string') return withoutSlash(pattern)
  const names = new Map(Object.entries(params).map(([name, value]) => [value, name]))
  if (names.size === 0) return path
  const replaced = new Set<string>()
  const segments = path.split('/').map((segment) => {
    const name = names.get(decoded(segment))
    if (name === undefined) return segment
    replaced.add(name)
    return `:${name}`
  })
  // A parameter may also be a part of a segment, or several segments.
  return replaced.size === names.size ? segments.join('/') : UNKNOWN_MOUNT
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
