import { stampKind, stampTime } from '../../stores/store.ts'
import type { MissReason } from '../events.ts'
import type { TemplateChanges } from '../lookup/template-check.ts'
import type { TagState } from '../trace/page-trace.ts'
import { span } from './span-words.ts'

/** The known facts of one lookup. Times in ms. */
export interface Outcome {
  readonly state: 'hit' | 'stale' | 'miss'
  readonly reason: MissReason | undefined
  /** The store's time; NaN if it is not known. */
  readonly now: number
  /** The entry that was found, shown or not. */
  readonly entry:
    | { readonly provenance: string; readonly freshUntil: number; readonly stamp: Buffer }
    | undefined
  /** Stamp under the key of a miss, see `LookupResult`. */
  readonly stamp: Buffer | null | Error
  readonly tags: readonly TagState[]
  /** Why it is neither looked up nor stored. */
  readonly unshared: string | undefined
  /** Another place with the same key, whose entry is the one that is kept. */
  readonly conflictsWith: string | undefined
  /** The difference between the entry and the templates of this process, if it is known. */
  readonly changes: TemplateChanges | undefined
  /** Another page rendered it at the same time. */
  readonly joined: boolean
}

/** Says in one sentence why something is a hit or a miss. */
export function explainOutcome(outcome: Outcome): string {
  if (outcome.reason === undefined) return explainHit(outcome)
  return EXPLANATIONS[outcome.reason](outcome)
}

function explainHit({ state, entry, now, joined }: Outcome): string {
  if (joined) return 'Another page was rendering it at the same time, and its result is shown.'
  if (!entry) return 'It was found.'
  const left = entry.freshUntil - now
  const age = `It is ${span(ageOf(entry, now))} old`
  if (state === 'hit') {
    return left === Number.POSITIVE_INFINITY
      ? `${age}, and never expires.`
      : `${age}, and fresh for another ${span(left)}.`
  }
  return left > 0
    ? `${age}. Its template has been edited since: it is shown once more, and refreshed.`
    : `${age}, and expired ${span(-left)} ago: it is shown while it is refreshed, or because its body failed.`
}

const EXPLANATIONS: Readonly<Record<MissReason, (outcome: Outcome) => string>> = {
  absent: () =>
    'Nothing is stored under its key: it was not rendered before with these parts, or was evicted, or expired long ago.',
  expired: ({ entry, now }) =>
    entry
      ? `It expired ${span(now - entry.freshUntil)} ago, ${span(lifeOf(entry))} after it was written.`
      : 'It had expired.',
  invalidated: explainInvalidated,
  'template changed': explainChanged,
  'version changed': () => 'An object in its key has another version than the one that it was written with.',
  'bound otherwise': () =>
    'It was written by a page on which a macro, an import or a block that its body uses is other code.',
  damaged: () =>
    'What is stored under its key cannot be read: it was truncated, is not ours, has another signature, or is of a later version.',
  'store error': ({ stamp }) =>
    stamp instanceof Error ? `The store did not answer: ${stamp.message}` : 'The store did not answer.',
  skipped: ({ unshared }) =>
    `It was neither looked up nor stored: ${unshared ?? 'its tag, or a part of its key, excludes it'}.`,
  bypassed: () => 'The option bypass says that this request reads nothing.',
}

function explainChanged({ conflictsWith, changes }: Outcome): string {
  if (conflictsWith !== undefined)
    return `Its key is also that of the fragment at ${conflictsWith}, whose entry was found: give one of them another name.`
  if (changes?.options) return 'An option that shapes output was changed since it was written.'
  const [only, ...others] = changes?.templates ?? []
  if (only === undefined)
    return 'A template that it was made of was edited since it was written, or its tag has moved.'
  return others.length === 0
    ? `The template ${only} was edited since it was written.`
    : `The templates ${[only, ...others].join(', ')} were edited since it was written.`
}

function explainInvalidated({ stamp, tags, now }: Outcome): string {
  if (Buffer.isBuffer(stamp) && stampKind(stamp) === 'deleted')
    return `It was deleted ${span(now - stampTime(stamp))} ago.`
  const changed = tags.filter(({ valid }) => !valid)
  if (changed.length === 0) return 'It was deleted, or one of its tags was invalidated.'
  return `${changed.map((tag) => explainTag(tag, now)).join('; ')}.`
}

function explainTag({ name, version, current, changedAt }: TagState, now: number): string {
  if (version === undefined) return `The entry was written without the tag "${name}", which it has now`
  if (current === undefined || changedAt === undefined)
    return `The version of its tag "${name}" is gone from the store: it has expired, or was evicted`
  const at = new Date(changedAt).toISOString()
  return `Its tag "${name}" was invalidated ${span(now - changedAt)} ago, at ${at}`
}

function ageOf({ stamp }: { readonly stamp: Buffer }, now: number): number {
  return Math.max(0, now - stampTime(stamp))
}

function lifeOf({ stamp, freshUntil }: { readonly stamp: Buffer; readonly freshUntil: number }): number {
  return freshUntil - stampTime(stamp)
}
