import { type FragmentNumbers, labelParts, type Snapshot } from '../snapshot.ts'
import { AGE_BOUNDS, SIZE_BOUNDS, TIME_BOUNDS } from './bounds.ts'
import type { Family, Labels, NumberFamily, Sample } from './family.ts'

/** Numbers of fragments, by the fragment and the template that its tag stands in. */
export const FRAGMENT_FAMILIES: readonly Family[] = [
  counter(
    'hits',
    'Times that a fragment was shown from the store, or as another page rendered it.',
    (one) => one.hits,
  ),
  counter('stale_hits', 'Times that an entry was shown although it had expired.', (one) => one.stale),
  counter('joined_hits', 'Those hits that another page rendered at the same time.', (one) => one.joined),
  {
    name: 'fragment_misses',
    type: 'counter',
    help: 'Times that a fragment was rendered, by reason.',
    samples: missesByReason,
  },
  counter('writes', 'Entries written.', (one) => one.writes),
  counter('skips', 'Times that a fragment was rendered and not stored.', (one) => one.skips),
  {
    ...counter('served', 'HTML shown by hits and stale hits.', (one) => one.bytesServed),
    unit: 'bytes',
  },
  {
    ...counter('written', 'HTML of the entries written.', (one) => one.bytesWritten),
    unit: 'bytes',
  },
  {
    ...counter(
      'saved',
      'Time that hits saved: what their entries had cost to load and render.',
      (one) => one.savedTime / 1000,
    ),
    unit: 'seconds',
  },
  {
    ...counter('lost', 'Time that misses took to load and render.', (one) => one.lostTime / 1000),
    unit: 'seconds',
  },
  {
    name: 'fragment_render',
    type: 'histogram',
    unit: 'seconds',
    scale: 1e-6,
    bounds: TIME_BOUNDS,
    help: 'Time that the body of a miss ran.',
    samples: (snapshot) => byFragment(snapshot, (one) => one.render),
  },
  {
    name: 'fragment_load',
    type: 'histogram',
    unit: 'seconds',
    scale: 1e-6,
    bounds: TIME_BOUNDS,
    help: 'Time that the loads of a miss took.',
    samples: (snapshot) => byFragment(snapshot, (one) => one.load),
  },
  {
    name: 'fragment_age',
    type: 'histogram',
    unit: 'seconds',
    scale: 1e-3,
    bounds: AGE_BOUNDS,
    help: 'Age of an entry when it was shown.',
    samples: (snapshot) => byFragment(snapshot, (one) => one.age),
  },
  {
    name: 'fragment_entry',
    type: 'histogram',
    unit: 'bytes',
    scale: 1,
    bounds: SIZE_BOUNDS,
    help: 'HTML of an entry when it was written.',
    samples: (snapshot) => byFragment(snapshot, (one) => one.entryBytes),
  },
]

function counter(name: string, help: string, value: (numbers: FragmentNumbers) => number): NumberFamily {
  return {
    name: `fragment_${name}`,
    type: 'counter',
    help,
    samples: (snapshot) => byFragment(snapshot, value),
  }
}

function* byFragment<T>(
  { fragments }: Snapshot,
  value: (numbers: FragmentNumbers) => T,
): Iterable<Sample<T>> {
  for (const [label, numbers] of fragments) yield { labels: labelsOf(label), value: value(numbers) }
}

function* missesByReason({ fragments }: Snapshot): Iterable<Sample<number>> {
  for (const [label, { misses }] of fragments) {
    const labels = labelsOf(label)
    for (const [reason, value] of Object.entries(misses)) yield { labels: { ...labels, reason }, value }
  }
}

function labelsOf(label: string): Labels {
  const { name, template } = labelParts(label)
  return { fragment: name, template }
}
