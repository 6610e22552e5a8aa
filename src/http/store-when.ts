import { readGroup, refuseOption } from '../options/read-option.ts'

/**
 * Which responses' misses are stored.
 * @example storeWhen: { methods: ['GET', 'HEAD', 'QUERY'] }
 */
export interface StoreWhenOptions {
  /**
   * Methods of requests whose misses are stored. Requests by other methods only read.
   * @defaultValue `['GET', 'HEAD']`
   */
  readonly methods?: readonly string[] | undefined
  /**
   * Decides by the status code of a response whether its misses are stored.
   * @defaultValue 2xx and 304: an error or a redirect stores nothing
   */
  readonly status?: ((statusCode: number) => boolean) | undefined
}

/** Which responses' misses are stored, complete. */
export interface StoreWhen {
  readonly storeMethods: ReadonlySet<string>
  readonly storeStatus: (statusCode: number) => boolean
}

/** @throws OptionError */
export function readStoreWhen(value: unknown): StoreWhen {
  const { methods = ['GET', 'HEAD'], status = isSuccess } = readGroup<StoreWhenOptions>(
    'storeWhen',
    value,
    "an object such as { methods: ['GET'] }",
  )
  if (!Array.isArray(methods) || !methods.every((method) => typeof method === 'string'))
    return refuseOption('storeWhen.methods', "an array such as ['GET', 'HEAD']", methods)
  if (typeof status !== 'function')
    return refuseOption('storeWhen.status', 'a function of the status code', status)
  return { storeMethods: new Set(methods.map((method) => method.toUpperCase())), storeStatus: status }
}

/** A 304 stands for a page that was rendered and equals the visitor's copy. */
function isSuccess(statusCode: number): boolean {
  return (statusCode >= 200 && statusCode < 300) || statusCode === 304
}
