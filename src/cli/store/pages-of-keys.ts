import { StoreError } from '../../errors.ts'
import type { Store } from '../../stores/store.ts'

/**
 * Yields the keys that begin with `prefix`, in pages.
 * @throws StoreError if the store cannot list its keys
 */
export async function* pagesOfKeys(
  store: Store,
  prefix: string,
  size: number,
): AsyncGenerator<string[], void, void> {
  if (!store.keys) throw new StoreError('This store cannot list its keys')
  let page: string[] = []
  for await (const key of store.keys(prefix)) {
    page.push(key)
    if (page.length < size) continue
    yield page
    page = []
  }
  if (page.length > 0) yield page
}
