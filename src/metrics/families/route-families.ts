import type { RouteNumbers, Snapshot } from '../snapshot.ts'
import { TIME_BOUNDS } from './bounds.ts'
import type { Family, NumberFamily, Sample } from './family.ts'

/**
 * Returns the families of the pages of each route, or of each template.
 * @param label name of the label, with which the names of the families begin, too
 */
export function routeFamilies(
  label: 'route' | 'template',
  of: (snapshot: Snapshot) => ReadonlyMap<string, RouteNumbers>,
): readonly Family[] {
  function* by<T>(snapshot: Snapshot, value: (numbers: RouteNumbers) => T): Iterable<Sample<T>> {
    for (const [name, numbers] of of(snapshot)) yield { labels: { [label]: name }, value: value(numbers) }
  }
  const counter = (name: string, help: string, value: (numbers: RouteNumbers) => number): NumberFamily => ({
    name: `${label}_${name}`,
    type: 'counter',
    help,
    samples: (snapshot) => by(snapshot, value),
  })
  return [
    counter('pages', `Pages, by ${label}.`, (one) => one.pages),
    counter('hits', `Fragments of pages that were hits, by ${label}.`, (one) => one.hits),
    counter('stale_hits', `Fragments of pages that were stale hits, by ${label}.`, (one) => one.stale),
    counter('misses', `Fragments of pages that were misses, by ${label}.`, (one) => one.misses),
    counter('trips', `Round trips to the store that pages waited for, by ${label}.`, (one) => one.trips),
    {
      ...counter('saved', `Time that hits saved, by ${label}.`, (one) => one.savedTime / 1000),
      unit: 'seconds',
    },
    {
      ...counter('lost', `Time that misses took, by ${label}.`, (one) => one.lostTime / 1000),
      unit: 'seconds',
    },
    {
      name: `${label}_page`,
      type: 'histogram',
      unit: 'seconds',
      scale: 1e-6,
      bounds: TIME_BOUNDS,
      help: `Time from the call of render until the bytes of the page were there, by ${label}.`,
      samples: (snapshot) => by(snapshot, (one) => one.time),
    },
  ]
}
