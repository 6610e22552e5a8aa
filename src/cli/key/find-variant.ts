import type { Store } from '../../stores/store.ts'
import { decodeKey } from './decode-key.ts'

/**
 * Returns the values that some entry of a fragment varies by; undefined if there is none, or if the
 * store cannot list its keys.
 * @param key that of the fragment with its parts, without such values
 */
export async function findVariant(
  key: string,
  store: Store,
  keyPrefix: string,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  for await (const found of store.keys?.(`${key}:v`) ?? []) {
    const decoded = decodeKey(keyPrefix, found)
    if (decoded?.kind === 'fragment') return decoded.vary
  }
  return undefined
}
