export { addSnapshot } from './add-snapshot.ts'
export { bucketOf, Histogram, upperBound } from './histogram.ts'
export type {
  MetricsProcess,
  MetricsRange,
  MetricsReader,
  MetricsStep,
  SeriesRange,
} from './metrics-reader.ts'
export { type ReadMetricsOptions, readMetrics } from './redis/read-metrics.ts'
export {
  emptySnapshot,
  type FragmentNumbers,
  fragmentLabel,
  LABEL_LIMITS,
  labelParts,
  missesOf,
  OTHER,
  type RouteNumbers,
  type Snapshot,
  TRIP_KINDS,
  type TripKind,
  type TripNumbers,
} from './snapshot.ts'
export { decodeSnapshot, encodeSnapshot } from './snapshot-codec.ts'
