import type { Copy } from '../../stores/store.ts'
import type { Services } from '../services.ts'
import type { Found } from '../store-access/read-batcher.ts'
import { type ReadContext, readKeys, readVersions } from '../tags/read-keys.ts'
import { type KnownTags, type TagVersions, tagKey } from '../tags/tag-versions.ts'
import { checkTags, judgeCopy, judgeEntry, type LookupRules, type LookupTarget } from './judge-entry.ts'

export type LookupServices = Pick<
  Services,
  'store' | 'clears' | 'knownTags' | 'keyPrefix' | 'events' | 'signer' | 'options' | 'refreshes'
>

/**
 * Looks up fragments or values: their keys, and the versions of their tags, in one round trip.
 * Copies in this process cost none. An entry whose tags were not all expected costs one more.
 * @returns the misses
 */
export async function lookUp<Target extends LookupTarget>(
  targets: readonly Target[],
  rules: LookupRules<Target>,
  context: ReadContext,
  services: LookupServices,
): Promise<readonly Target[]> {
  const { store, clears } = services
  const { versions, trips, forValues, trace } = context
  const open = targets.filter(({ found }) => !found)
  if (open.length === 0) return open
  const span = trace?.begin('fetch', `${open.length} ${forValues ? 'values' : 'fragments'}`)
  let keys = new LookupKeys(open, versions, services)
  const copies = store.copies(keys.all, trips, forValues)
  if (copies) {
    const missed = await lookUpCopies(keys, copies, rules, context, services)
    if (missed.length === 0) {
      span?.finish('copies in memory')
      return missed
    }
    keys = new LookupKeys(missed, versions, services)
  }
  const asked = keys.targets as readonly Target[]
  void context.ahead?.load()
  const clearing = clears.refresh()
  const values = await readKeys(keys.all, keys.tags, context, services)
  if (clearing) await clearing
  const now = store.now()
  for (let n = 0; n < asked.length; n++) {
    const target = asked[n] as Target
    const judged = judgeEntry(target, values[n] as Found[number], now, rules, services)
    const result = judged instanceof Promise ? await judged : judged
    // Two waves of one render may both have asked at the same time: the first answer counts.
    target.found ??= result
  }
  const inside = readTagsInside(asked, context, services)
  if (inside) await inside
  for (const target of asked) checkTags(target, versions, rules)
  const missed = asked.filter(isMiss)
  // A miss may have come from a copy: the next lookup is to ask the store.
  if (missed.length > 0) store.dropCopies(missed.map(keyOf))
  span?.finish(`${keys.all.length} keys`)
  return missed
}

/** The keys of one lookup: those of its targets, and then those of their tags' versions. */
class LookupKeys<Target extends LookupTarget> {
  readonly targets: readonly Target[]
  /** Tags whose versions were not read yet. */
  readonly tags: readonly string[]
  readonly all: readonly string[]

  constructor(
    targets: readonly Target[],
    versions: TagVersions,
    { knownTags, keyPrefix }: Pick<LookupServices, 'knownTags' | 'keyPrefix'>,
  ) {
    this.targets = targets
    this.tags = versions.unread(expectedTags(targets, knownTags))
    const all = targets.map(keyOf)
    for (const tag of this.tags) all.push(tagKey(keyPrefix, tag))
    this.all = all
  }
}

/**
 * Takes the hits of what the store has copies of in this process, without a round trip. What would
 * be a miss by a copy is asked of the store.
 * @returns the targets that the store is to be asked for
 */
async function lookUpCopies<Target extends LookupTarget>(
  { targets, tags }: LookupKeys<Target>,
  copies: readonly Copy[],
  rules: LookupRules<Target>,
  { versions, trips, forValues }: ReadContext,
  services: LookupServices,
): Promise<readonly Target[]> {
  const { store, knownTags, keyPrefix } = services
  const tagKeys = (names: readonly string[]) => names.map((tag) => tagKey(keyPrefix, tag))
  const now = store.now()
  for (let n = 0; n < targets.length; n++) {
    const target = targets[n] as Target
    const judged = judgeCopy(target, copies[n] as Copy, now, rules, services)
    const result = judged instanceof Promise ? await judged : judged
    target.found ??= result
  }
  tags.forEach((tag, n) => {
    versions.note(tag, (copies[targets.length + n] as Copy).bytes)
  })
  const inside = versions.unread(tagsInside(targets))
  let isJudged = true
  if (inside.length > 0) {
    rememberInside(targets, knownTags)
    const insideCopies = store.copies(tagKeys(inside), trips, forValues)
    inside.forEach((tag, n) => {
      if (insideCopies) versions.note(tag, (insideCopies[n] as Copy).bytes)
    })
    isJudged = insideCopies !== undefined
  }
  if (isJudged) for (const target of targets) checkTags(target, versions, rules)
  const missed = targets.filter(isJudged ? isMiss : isOpen)
  if (missed.length === 0) return missed
  const doubtful = tags.filter((tag) => missed.some((target) => target.tags.includes(tag)))
  store.dropCopies([...missed.map(keyOf), ...tagKeys(doubtful)])
  versions.forget(doubtful)
  for (const target of missed) target.found = undefined
  return missed
}

// Most pages have few tags, and these run for every fragment: loops, and no list for nothing.

/**
 * Returns the tags that targets name, and those that their entries had from inside the last time.
 */
function expectedTags(targets: readonly LookupTarget[], known: KnownTags): string[] {
  const tags: string[] = Array.of()
  for (const { key, tags: named } of targets) {
    if (named.length > 0) tags.push(...named)
    if (!known.empty) tags.push(...known.of(key))
  }
  return tags
}

/** Returns the tags of the entries that were found. */
function tagsInside(targets: readonly LookupTarget[]): string[] {
  const tags: string[] = Array.of()
  for (const { found } of targets) {
    if (found?.entry) for (const [tag] of found.entry.tags) tags.push(tag)
  }
  return tags
}

/**
 * Reads the versions of tags that entries have, and that were not expected.
 * @returns undefined if there are none
 */
export function readTagsInside(
  targets: readonly LookupTarget[],
  context: ReadContext,
  services: LookupServices,
): Promise<unknown> | undefined {
  const inside = context.versions.unread(tagsInside(targets))
  if (inside.length === 0) return undefined
  rememberInside(targets, services.knownTags)
  return readVersions(inside, context, services)
}

/**
 * Remembers the tags that entries had from inside, so that the next lookup reads their versions in
 * its first trip, also in a process that did not render the fragment.
 */
function rememberInside(targets: readonly LookupTarget[], known: KnownTags): void {
  for (const { key, found, tags } of targets) {
    const entry = found?.entry
    if (!entry || entry.tags.length <= tags.length) continue
    const inside = entry.tags.map(([tag]) => tag).filter((tag) => !tags.includes(tag))
    known.remember(key, inside)
  }
}

function keyOf({ key }: LookupTarget): string {
  return key
}

function isMiss({ found, filled }: LookupTarget): boolean {
  return found?.reason !== undefined && !filled
}

function isOpen({ filled }: LookupTarget): boolean {
  return !filled
}
