import type { Copy } from '../../stores/store.ts'
import type { Fragment } from '../fragment/fragment.ts'
import type { PageHost } from '../page/page-host.ts'
import type { Services } from '../services.ts'
import type { ReadContext } from '../tags/read-keys.ts'
import { tagKey } from '../tags/tag-versions.ts'
import { checkTags, judgeCopy } from './judge-entry.ts'
import type { TemplateCheck } from './template-check.ts'
import { expectedTags, rememberInside, tagsInside } from './wave-tags.ts'

/**
 * Shows what the store has copies of in this process (its first tier), without a trip, if it has all that a wave needs.
 * Only hits: what would be a miss by a copy is asked of the store.
 *
 * @returns the fragments that the store is to be asked for
 */
export async function takeHeld(
  asked: readonly Fragment[],
  { versions, trips }: ReadContext,
  templateCheck: TemplateCheck,
  host: PageHost,
  services: Services,
  showsStale: boolean,
): Promise<readonly Fragment[]> {
  const { store, knownTags, keyPrefix } = services
  if (asked.length === 0) return asked
  const keysOf = (tags: readonly string[]) => tags.map((tag) => tagKey(keyPrefix, tag))
  const tags = versions.unread(expectedTags(asked, knownTags))
  const keys = asked.map(({ key }) => key)
  const held = store.copies(tags.length === 0 ? keys : [...keys, ...keysOf(tags)], trips)
  if (!held) return asked
  const now = store.now()
  for (let n = 0; n < asked.length; n++) {
    const fragment = asked[n] as Fragment
    const judged = judgeCopy(fragment, held[n] as Copy, now, templateCheck, showsStale, services)
    const result = judged instanceof Promise ? await judged : judged
    fragment.found ??= result
  }
  tags.forEach((tag, n) => {
    versions.note(tag, (held[keys.length + n] as Copy).bytes)
  })
  const surprises = versions.unread(tagsInside(asked))
  if (surprises.length > 0) rememberInside(asked, knownTags)
  const inside = surprises.length > 0 ? store.copies(keysOf(surprises), trips) : []
  surprises.forEach((tag, n) => {
    if (inside) versions.note(tag, (inside[n] as Copy).bytes)
  })
  if (inside) for (const fragment of asked) checkTags(fragment, versions, host)
  const missed = asked.filter(({ filled }) => !filled)
  if (missed.length === 0) return missed
  const doubtful = tags.filter((tag) => missed.some((fragment) => fragment.tags.includes(tag)))
  store.dropCopies([...missed.map(({ key }) => key), ...keysOf(doubtful)])
  versions.forget(doubtful)
  for (const fragment of missed) fragment.found = undefined
  return missed
}
