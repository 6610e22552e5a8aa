import type { RouteNumbers } from '../snapshot.ts'
import { PageFacts } from './facts.ts'
import type { Advice } from './finding.ts'
import { THRESHOLDS } from './thresholds.ts'
import { inDigits, inMs, inPercent } from './words.ts'

type Subject = Pick<Advice, 'route' | 'template'>

/** Returns what there is to say about the pages of one route, or one template. */
export function adviseOnPages(
  subject: Subject,
  title: string,
  numbers: RouteNumbers,
  minutes: number,
  trip: number | undefined,
): Advice[] {
  const facts = new PageFacts(numbers, minutes, trip)
  return [
    severalTrips(subject, title, facts, trip),
    costsMore(subject, title, facts, trip),
    uncachedTime(subject, title, facts),
  ].filter((one) => one !== undefined)
}

function severalTrips(
  subject: Subject,
  title: string,
  facts: PageFacts,
  trip: number | undefined,
): Advice | undefined {
  const { trips, perMinute } = facts
  if (trips < THRESHOLDS.trips || trip === undefined) return undefined
  const text =
    `Pages of \`${title}\` take ${inDigits(trips)} round trips on average, of ${inMs(trip)} each. Misses inside misses, values that are ` +
    'read one after another, and lazy values that the page itself reads cost further ones: read values ahead by preload(), and lazy ' +
    'values inside of fragments.'
  return {
    ...subject,
    kind: 'several trips',
    text,
    numbers: { trips, trip },
    weight: (trips - 1) * trip * perMinute,
  }
}

function costsMore(
  subject: Subject,
  title: string,
  facts: PageFacts,
  trip: number | undefined,
): Advice | undefined {
  const { saved, lost, waiting, perMinute, trips } = facts
  // Pages of copies in memory make no trip; pages of misses alone are about to be filled.
  if (trip === undefined || trips === 0 || saved === 0 || saved >= waiting || lost > saved) return undefined
  const text =
    `Pages of \`${title}\` wait ${inMs(waiting)} for the store, and their hits save ${inMs(saved)} of render time: they are faster ` +
    'without cache tags, or with copies in memory (the option memory).'
  return {
    ...{ ...subject, kind: 'costs more than it saves', text },
    numbers: { saved, waiting },
    weight: (waiting - saved) * perMinute,
  }
}

function uncachedTime(subject: Subject, title: string, facts: PageFacts): Advice | undefined {
  const { uncached, time, perMinute } = facts
  const share = time === 0 ? 0 : uncached / time
  if (uncached < THRESHOLDS.uncachedTime || share < THRESHOLDS.uncachedShare) return undefined
  const text =
    `Pages of \`${title}\` take ${inMs(time)}, and ${inMs(uncached)} of it (${inPercent(share)}) outside of fragments: what is loaded ` +
    'and rendered there is the next thing to cache. ?onetrip=explain shows which step of a page it is.'
  return {
    ...subject,
    kind: 'uncached time',
    text,
    numbers: { time, uncached, share },
    weight: uncached * perMinute,
  }
}
