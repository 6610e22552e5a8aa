import { OTHER, type Snapshot } from '../snapshot.ts'
import { FragmentFacts, tripTime } from './facts.ts'
import type { Advice, AdviceContext } from './finding.ts'
import { adviseOnFragment } from './fragment-advice.ts'
import { adviseOnPages } from './page-advice.ts'
import { THRESHOLDS } from './thresholds.ts'

/**
 * Turns numbers into sentences: what to change about the fragments and pages that cost most. Says
 * nothing about what was counted too seldom, or for too short a time, to be told from chance.
 *
 * @example for (const { text } of advice(await numbers.totals({ from, to }))) console.log(text)
 * @returns the heaviest first; of each fragment the first that applies, of pages all
 */
export function advice(snapshot: Snapshot, context: AdviceContext = {}): Advice[] {
  const minutes = (snapshot.to - snapshot.from) / 60_000
  if (!(minutes >= THRESHOLDS.minutes)) return []
  const trip = tripTime(snapshot)
  const found: Advice[] = []
  for (const [label, numbers] of snapshot.fragments) {
    if (label === OTHER || label.startsWith(`${OTHER}\0`)) continue
    const facts = new FragmentFacts(label, numbers, minutes, trip)
    if (facts.asked < THRESHOLDS.asked) continue
    const one = adviseOnFragment(facts, snapshot, context)
    if (one) found.push(one)
  }
  // A route says more than its template. Pages outside of a framework have no route.
  const byRoute = snapshot.routes.size > 0
  for (const [label, numbers] of byRoute ? snapshot.routes : snapshot.templates) {
    if (label === OTHER || numbers.pages < THRESHOLDS.asked) continue
    const subject = byRoute ? { route: label } : { template: label }
    found.push(...adviseOnPages(subject, label, numbers, minutes, trip))
  }
  return found.sort((one, other) => other.weight - one.weight)
}
