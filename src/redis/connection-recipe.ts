import { isClusterClient, type RedisClient } from './client.ts'

/** Plain data by which another thread opens a connection like that of a client. */
export interface ConnectionRecipe {
  /** Nodes of a Redis Cluster; undefined for one server. */
  readonly nodes: readonly unknown[] | undefined
  readonly options: Readonly<Record<string, unknown>>
}

/**
 * Returns the recipe of a client. Options that are functions, such as `retryStrategy`, are left to
 * their defaults.
 *
 * @returns undefined where that would be another connection: with options of TLS that are not plain
 * data, or with a connector of its own
 */
export function recipeOf(client: RedisClient): ConnectionRecipe | undefined {
  const given = client.options as Readonly<Record<string, unknown>>
  if (!isClusterClient(client)) {
    const options = plainOptions(given)
    return options && { nodes: undefined, options }
  }
  const { startupNodes } = client as unknown as { readonly startupNodes: readonly unknown[] }
  const connect = plainOptions((given.redisOptions ?? {}) as Readonly<Record<string, unknown>>)
  const options = plainOptions({ ...given, redisOptions: connect })
  const nodes = clone(startupNodes)
  return connect && options && nodes ? { nodes, options } : undefined
}

function plainOptions(given: Readonly<Record<string, unknown>>): Record<string, unknown> | undefined {
  const plain: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(given)) {
    const copy = clone(value)
    if (copy !== undefined) plain[name] = copy
    else if ((name === 'tls' || name === 'Connector') && value !== undefined) return undefined
  }
  return plain
}

function clone<T>(value: T): T | undefined {
  try {
    return structuredClone(value)
  } catch {
    return undefined
  }
}
