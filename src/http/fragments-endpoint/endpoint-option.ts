import type { FragmentCache } from '../../core/fragment-cache.ts'
import { refuseOption } from '../../options/read-option.ts'
import { isPlainObject } from '../../options/show.ts'
import { FragmentUrls, type FragmentUrlsOptions } from './fragment-urls.ts'
import { FragmentsEndpoint } from './fragments-endpoint.ts'

/** Reads the option `fragmentsEndpoint`. @throws OptionError */
export function readFragmentUrls(
  option: FragmentUrls | FragmentUrlsOptions | undefined,
): FragmentUrls | undefined {
  if (option === undefined || option instanceof FragmentUrls) return option
  if (isPlainObject(option)) return new FragmentUrls(option)
  return refuseOption('fragmentsEndpoint', 'a FragmentUrls, or an object such as { path, secret }', option)
}

/** Returns the endpoint of a cache; undefined if the option does not ask for it. */
export function endpointOf({ urls, cache }: EndpointConfig): FragmentsEndpoint | undefined {
  return urls && new FragmentsEndpoint(urls, cache)
}

interface EndpointConfig {
  readonly urls: FragmentUrls | undefined
  readonly cache: FragmentCache
}
