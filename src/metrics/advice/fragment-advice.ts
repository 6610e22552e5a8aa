import type { MissReason } from '../../core/events.ts'
import { OTHER, type Snapshot } from '../snapshot.ts'
import type { FragmentFacts } from './facts.ts'
import type { Advice, AdviceContext, AdviceKind } from './finding.ts'
import { THRESHOLDS } from './thresholds.ts'
import { inDigits, inKb, inMs, inPercent } from './words.ts'

/** Returns the first advice that applies to a fragment: the cause before its effects. */
export function adviseOnFragment(
  facts: FragmentFacts,
  snapshot: Snapshot,
  context: AdviceContext,
): Advice | undefined {
  return (
    neverStored(facts) ??
    invalidatedOften(facts, snapshot, context) ??
    ttlTooShort(facts) ??
    tooManyVariants(facts) ??
    hardlyEverAHit(facts) ??
    notWorthATrip(facts) ??
    tooLarge(facts)
  )
}

function invalidatedOften(
  facts: FragmentFacts,
  snapshot: Snapshot,
  context: AdviceContext,
): Advice | undefined {
  const { cost = 0, title } = facts
  const share = facts.shareOf('invalidated')
  const perMinute = facts.perMinute('invalidated')
  if (share < THRESHOLDS.missShare || cost < THRESHOLDS.cost) return undefined
  if (perMinute < THRESHOLDS.invalidatedPerMinute) return undefined
  const text =
    `${title} costs ${inMs(cost)} a miss, and is invalidated ${inDigits(perMinute)} times a minute, ` +
    `${inPercent(share)} of the times it is asked for${byWhichTag(facts, snapshot, context)}`
  return adviceOn(facts, 'invalidated often', text, facts.lostPerMinute('invalidated'), {
    ...{ cost, perMinute, share },
  })
}

/** Names the tag that is invalidated most often, of the fragment's own if these are known. */
function byWhichTag(
  { name, template, minutes }: FragmentFacts,
  { tags }: Snapshot,
  { tagsOf }: AdviceContext,
): string {
  const own = tagsOf?.(name, template) ?? []
  const named = [...tags].filter(([tag]) => tag !== OTHER && (own.length === 0 || own.includes(tag)))
  const [most] = named.sort(([, one], [, other]) => other.invalidations - one.invalidations)
  if (!most || most[1].invalidations === 0) return ': give it narrower tags.'
  const often = `${inDigits(most[1].invalidations / minutes)} times a minute`
  if (own.length > 0) return `, by its tag \`${most[0]}\` (${often}): give it a narrower one.`
  return `. The tag \`${most[0]}\` is invalidated ${often}: if the fragment has it, give it a narrower one.`
}

function ttlTooShort(facts: FragmentFacts): Advice | undefined {
  const { cost = 0, title, numbers } = facts
  const share = facts.shareOf('expired')
  if (share < THRESHOLDS.missShare || cost < THRESHOLDS.cost) return undefined
  const oldest = numbers.age.quantile(1)
  const age = oldest > 0 ? ` Its hits are at most ${inMs(oldest)} old.` : ''
  const text =
    `${title} has expired ${inPercent(share)} of the times it is asked for, and costs ${inMs(cost)} a miss: give it a longer ttl, ` +
    `and a tag for what changes, or stale= so that it is shown while it is refreshed.${age}`
  return adviceOn(facts, 'ttl too short', text, facts.lostPerMinute('expired'), { cost, share })
}

function tooManyVariants(facts: FragmentFacts): Advice | undefined {
  const { cost = 0, title, numbers } = facts
  const share = facts.shareOf('absent')
  if (share < THRESHOLDS.absentShare || cost < THRESHOLDS.cost || numbers.writes === 0) return undefined
  const text =
    `${title} finds nothing under its key ${inPercent(share)} of the times it is asked for: its key has too many values, or the ` +
    `store evicts it. Leave out what its HTML does not depend on, or move what differs into a {% nocache %}. A miss costs ${inMs(cost)}.`
  return adviceOn(facts, 'too many variants', text, facts.lostPerMinute('absent'), { cost, share })
}

function neverStored(facts: FragmentFacts): Advice | undefined {
  const { numbers, misses, title, cost = 0 } = facts
  const { skips } = numbers
  const { skipped = 0, bypassed = 0 } = numbers.misses
  const unexpected = Math.max(0, skips - skipped - bypassed)
  if (misses < THRESHOLDS.asked || unexpected / misses < THRESHOLDS.skippedShare) return undefined
  const text =
    `${title} was rendered ${inDigits(misses)} times, and ${inPercent(Math.min(1, unexpected / misses))} of them it was not stored. ` +
    `The event "skip" says why. A miss costs ${inMs(cost)}.`
  return adviceOn(facts, 'never stored', text, (misses * cost) / facts.minutes, { misses, skips, cost })
}

function hardlyEverAHit(facts: FragmentFacts): Advice | undefined {
  const { hitRatio, title, cost = 0 } = facts
  if (hitRatio >= THRESHOLDS.hitRatio || cost < THRESHOLDS.cost) return undefined
  const reasons = (Object.entries(facts.numbers.misses) as [MissReason, number][])
    .filter(([reason]) => reason !== 'skipped' && reason !== 'bypassed')
    .sort(([, one], [, other]) => other - one)
    .map(([reason, count]) => `${reason} (${inPercent(count / facts.misses)})`)
  const text = `${title} is a hit ${inPercent(hitRatio)} of the times it is asked for. Reasons of its misses: ${reasons.join(', ')}.`
  const lost = (facts.misses * cost) / facts.minutes
  return adviceOn(facts, 'hardly ever a hit', text, lost, { hitRatio, cost })
}

function notWorthATrip(facts: FragmentFacts): Advice | undefined {
  const { trip, title, cost } = facts
  if (cost === undefined || trip === undefined || cost >= THRESHOLDS.trifle || cost >= trip) return undefined
  const text =
    `${title} takes ${inMs(cost)} to render, and a round trip ${inMs(trip)}: without its tag, pages of other fragments are as fast, ` +
    'and pages of none are faster.'
  return adviceOn(facts, 'not worth a trip', text, 0, { cost, trip })
}

function tooLarge(facts: FragmentFacts): Advice | undefined {
  const { size, title, asked, minutes } = facts
  if (size < THRESHOLDS.bytes) return undefined
  const text =
    `${title} has ${inKb(size)} on average, which the store sends for every page that shows it: cache its parts instead, or keep ` +
    'copies in memory (the option memory).'
  return adviceOn(facts, 'too large', text, (size * asked) / minutes / 1024, { size })
}

function adviceOn(
  { name, template }: FragmentFacts,
  kind: AdviceKind,
  text: string,
  weight: number,
  numbers: Record<string, number>,
): Advice {
  return { kind, fragment: name, template, text, numbers, weight }
}
