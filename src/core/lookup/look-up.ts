import type { Fragment } from '../fragment/fragment.ts'
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
  let asked: readonly Fragment[] = fragments.filter(({ fetched }) => !fetched)
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
    const judging = judgeEntry(
      asked[n] as Fragment,
      found[n] as Found[number],
      now,
      templateCheck,
      showsStale,
      services,
    )
    if (judging) await judging
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
  for (const [n, fragment] of fragments.entries()) {
    const value = landed[n]
    if (!value || fragment.filled) continue
    const { stamp, reason } = fragment
    fragment.fetched = false
    fragment.reason = undefined
    const reading = judgeEntry(fragment, value, now, templateCheck, false, services)
    if (reading) await reading
    // What it was is what its own entry is to take the place of.
    if (!fragment.entry) Object.assign(fragment, { stamp, reason })
    fragment.refresh = false
  }
  const surprises = versions.unread(tagsInside(fragments))
  if (surprises.length > 0) {
    rememberInside(fragments, services.knownTags)
    await readKeys([], surprises, context, services)
  }
  for (const fragment of fragments) {
    if (!fragment.entry) continue
    fragment.fallback = undefined
    checkTags(fragment, versions, host)
    fragment.joined = fragment.entry !== undefined
  }
}
