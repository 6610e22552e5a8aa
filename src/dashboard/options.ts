import { OptionError } from '../errors.ts'
import { refuseUnknownNames } from '../options/option-names.ts'
import { isPlainObject, show } from '../options/show.ts'
import type { ShownQueue } from './shown-queue.ts'

/**
 * Decides whether a request may see the live page. Anything but `true`, or a promise of it,
 * refuses: the visitor gets the site's own answer to an address that does not exist.
 */
// biome-ignore lint/suspicious/noExplicitAny: the request of Fastify or of Express
export type Authorize = (request: any) => boolean | Promise<boolean>

/**
 * The live page: numbers of the cache, where they come from, and buttons that invalidate.
 * @example dashboard: { authorize: (request) => request.session?.admin === true }
 */
export interface DashboardOptions {
  /**
   * Path that all of its pages begin with.
   * @defaultValue `'/_onetrip'`
   */
  readonly path?: string | undefined
  /**
   * Decides whether a request may see it.
   * @defaultValue requests from this machine and its private networks, in development; in
   * production (`NODE_ENV`) none
   */
  readonly authorize?: Authorize | undefined
  /**
   * Task queues whose state it shows.
   * @defaultValue none
   */
  readonly queues?: readonly ShownQueue[] | undefined
}

/** The options of the live page, complete. */
export interface DashboardConfig {
  readonly path: string
  readonly authorize: Authorize | undefined
  readonly queues: readonly ShownQueue[]
}

/** Names of the members of {@link DashboardOptions}. */
export const DASHBOARD_MEMBERS = [
  'path',
  'authorize',
  'queues',
] as const satisfies readonly (keyof DashboardOptions)[]

const EXAMPLE = "true, or an object such as { path: '/_onetrip', authorize: (request) => isAdmin(request) }"
const PATH = /^(\/[\w.~-]+)+$/

/**
 * Reads the option `dashboard`.
 * @returns undefined if there is to be none
 * @throws OptionError
 */
export function readDashboard(value: unknown): DashboardConfig | undefined {
  if (value === undefined || value === false) return undefined
  if (value !== true && !isPlainObject(value))
    throw new OptionError(`The option dashboard must be ${EXAMPLE}, not ${show(value)}.`)
  const options: DashboardOptions = value === true ? {} : value
  refuseUnknownNames('dashboard', options, { names: DASHBOARD_MEMBERS, groups: {}, hints: HINTS })
  const { path = '/_onetrip', authorize, queues = [] } = options
  if (typeof path !== 'string' || !PATH.test(path)) {
    throw new OptionError(
      `The option dashboard.path must be a path such as '/_onetrip', without a slash at its end, not ${show(path)}.`,
    )
  }
  if (authorize !== undefined && typeof authorize !== 'function') {
    throw new OptionError(
      `The option dashboard.authorize must be a function of the request that returns true or false, not ${show(authorize)}.`,
    )
  }
  if (!Array.isArray(queues) || !queues.every(isQueue)) {
    throw new OptionError(
      `The option dashboard.queues must be an array of task queues such as [queue], not ${show(queues)}.`,
    )
  }
  return { path, authorize, queues }
}

const HINTS = {
  auth: 'authorize',
  url: 'path',
  queue: 'queues',
}

/** A queue of another copy of this package is one as well. */
function isQueue(value: unknown): boolean {
  return typeof (value as Partial<ShownQueue> | null)?.info === 'function'
}
