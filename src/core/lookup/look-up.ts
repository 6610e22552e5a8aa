import type { Fragment } from '../fragment/fragment.ts'
import type { LookupResult } from '../fragment/lookup-result.ts'
import type { PageHost } from '../page/page-host.ts'
import type { Services } from '../services.ts'
import type { SharedEntry } from '../single-flight/flights.ts'
import type { Found } from '../store-access/read-batcher.ts'
import { ensureVersions, type ReadContext, readKeys } from '../tags/read-keys.ts'
import { checkTags, judgeEntry } from './judge-entry.ts'
import { takeHeld } from './look-up-copies.ts'
import type { TemplateCheck } from './template-check.ts'
import { expectedTags, rememberInside, tagsInside, tagsOfMisses } from './wave-tags.ts'

/**
 * Finds out which fragments of a wave are hits: their keys, and the versions of their tags, in one trip.
 *
 * What the store has copies of in this process costs none. Two things cost one trip more: an entry that has a tag from inside
 * which was not expected, and a tag whose version is absent and has to be made, before anything that a body reads is loaded.
 *
 * @param showsStale whether an entry whose time has passed may be shown
 */
export async function fetchWave(
  fragments: readonly Fragment[],
  context: ReadContext,
  templateCheck: TemplateCheck,
  host: PageHost,
  services: Services,
  showsStale: boolean,
): Promise<void> {
  const { store, knownTags, clears } = services
  const { versions } = context
  let asked: readonly Fragment[] = fragments.filter(({ found }) => !found)
  if (store.hasCopies) asked = await takeHeld(asked, context, templateCheck, host, services, showsStale)
  if (asked.length === 0) return
  const tags = versions.unread(expectedTags(asked, knownTags))
  void context.ahead?.load()
  const cleared = clears.refresh()
  const reading = readKeys(
    asked.map(({ key }) => key),
    tags,
    context,
    services,
  )
  const found = await reading
  if (cleared) await cleared
  const now = store.now()
  for (let n = 0; n < asked.length; n++) {
    const fragment = asked[n] as Fragment
    const judged = judgeEntry(fragment, found[n] as Found[number], now, templateCheck, showsStale, services)
    const result = judged instanceof Promise ? await judged : judged
    // Two waves of one render may both have asked at the same time: the first answer counts.
    fragment.found ??= result
  }
  const surprises = versions.unread(tagsInside(asked))
  if (surprises.length > 0) {
    rememberInside(asked, knownTags)
    await readKeys([], surprises, context, services)
  }
  for (const fragment of asked) checkTags(fragment, versions, host)
  // What is no hit may have been a copy: the next page is to see what the store has then.
  if (store.hasCopies) store.dropCopies(asked.flatMap(({ filled, key }) => (filled ? [] : [key])))
  await ensureVersions(tagsOfMisses(asked), context, services)
}

/**
 * Takes what other pages of this process have rendered, as if it had come from the store. It costs a trip where an entry has
 * tags from inside, whose versions this page has not read.
 */
export async function takeLanded(
  fragments: readonly Fragment[],
  landed: readonly SharedEntry[],
  context: ReadContext,
  templateCheck: TemplateCheck,
  host: PageHost,
  services: Services,
): Promise<void> {
  const now = services.store.now()
  const { versions } = context
  const missed = new Map<Fragment, LookupResult | undefined>()
  for (const [n, fragment] of fragments.entries()) {
    const value = landed[n]
    if (!value || fragment.filled) continue
    const result = await judgeEntry(fragment, value, now, templateCheck, false, services)
    if (!result.entry) continue
    missed.set(fragment, fragment.found)
    fragment.found = result.asJoined()
  }
  const joined = [...missed.keys()]
  const surprises = versions.unread(tagsInside(joined))
  if (surprises.length > 0) {
    rememberInside(joined, services.knownTags)
    await readKeys([], surprises, context, services)
  }
  for (const [fragment, miss] of missed) {
    checkTags(fragment, versions, host)
    // Its own entry is to replace what the page's own lookup found.
    if (!fragment.filled) fragment.found = miss
  }
}
