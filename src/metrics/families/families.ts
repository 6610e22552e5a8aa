import { TRIP_KINDS } from '../snapshot.ts'
import { TIME_BOUNDS } from './bounds.ts'
import type { Family, NumberFamily } from './family.ts'
import { FRAGMENT_FAMILIES } from './fragment-families.ts'
import { routeFamilies } from './route-families.ts'

const NONE = {}

/** Numbers of the process as a whole. */
const PROCESS_FAMILIES: readonly NumberFamily[] = [
  {
    name: 'pages',
    type: 'counter',
    help: 'Pages whose response is over.',
    samples: ({ pages }) => [{ labels: NONE, value: pages }],
  },
  {
    name: 'page_trips',
    type: 'counter',
    help: 'Round trips to the store that pages waited for, for fragments and for values.',
    samples: ({ trips, valueTrips }) => [
      { labels: { kind: 'fragments' }, value: trips },
      { labels: { kind: 'values' }, value: valueTrips },
    ],
  },
  {
    name: 'waits',
    type: 'counter',
    help: 'Fragments whose page waited for another page or process that rendered them.',
    samples: ({ waiters }) => [{ labels: NONE, value: waiters }],
  },
  {
    name: 'deletes',
    type: 'counter',
    help: 'Entries deleted by delete().',
    samples: ({ deletes }) => [{ labels: NONE, value: deletes }],
  },
  {
    name: 'clears',
    type: 'counter',
    help: 'Calls of clear().',
    samples: ({ clears }) => [{ labels: NONE, value: clears }],
  },
  {
    name: 'invalidations',
    type: 'counter',
    help: 'Invalidations by this process, by tag.',
    samples: ({ tags }) =>
      [...tags].map(([tag, { invalidations }]) => ({ labels: { tag }, value: invalidations })),
  },
]

/** Numbers of the store. */
const STORE_FAMILIES: readonly Family[] = [
  {
    name: 'store_trips',
    type: 'counter',
    help: 'Round trips to the store.',
    samples: ({ trip }) => TRIP_KINDS.map((kind) => ({ labels: { kind }, value: trip[kind].count })),
  },
  {
    name: 'store_trips_failed',
    type: 'counter',
    help: 'Round trips that the store did not answer, or answered with an error.',
    samples: ({ trip }) => TRIP_KINDS.map((kind) => ({ labels: { kind }, value: trip[kind].failed })),
  },
  {
    name: 'store_keys',
    type: 'counter',
    help: 'Keys read or written by round trips.',
    samples: ({ trip }) => TRIP_KINDS.map((kind) => ({ labels: { kind }, value: trip[kind].keys })),
  },
  {
    name: 'store_trip',
    type: 'histogram',
    unit: 'seconds',
    scale: 1e-6,
    bounds: TIME_BOUNDS,
    help: 'Time of a round trip to the store.',
    samples: ({ trip }) => TRIP_KINDS.map((kind) => ({ labels: { kind }, value: trip[kind].time })),
  },
  {
    name: 'copy_hits',
    type: 'counter',
    help: 'Keys found among the copies of the first tier.',
    samples: ({ tiers }) => [{ labels: NONE, value: tiers.hits }],
  },
  {
    name: 'copy_misses',
    type: 'counter',
    help: 'Keys not found among the copies of the first tier.',
    samples: ({ tiers }) => [{ labels: NONE, value: tiers.misses }],
  },
  {
    name: 'errors',
    type: 'counter',
    help: 'Errors of the store and of fragments that failed no page, by code.',
    samples: ({ errors }) => [...errors].map(([code, value]) => ({ labels: { code }, value })),
  },
  {
    name: 'breaker_open',
    type: 'gauge',
    help: '1 while the circuit breaker is open and the store is not asked, otherwise 0.',
    samples: ({ breaker }) => [{ labels: NONE, value: breaker === 'open' ? 1 : 0 }],
  },
  {
    name: 'breaker_opened',
    type: 'counter',
    help: 'Times that the circuit breaker opened.',
    samples: ({ breakerOpened }) => [{ labels: NONE, value: breakerOpened }],
  },
]

/** All metrics of a cache, as Prometheus and OpenTelemetry get them. */
export const FAMILIES: readonly Family[] = [
  ...PROCESS_FAMILIES,
  ...FRAGMENT_FAMILIES,
  ...routeFamilies('route', ({ routes }) => routes),
  ...routeFamilies('template', ({ templates }) => templates),
  ...STORE_FAMILIES,
]
