export { addSnapshot } from './add-snapshot.ts'
export { advice } from './advice/advice.ts'
export type { Advice, AdviceContext, AdviceKind } from './advice/finding.ts'
export { THRESHOLDS } from './advice/thresholds.ts'
export type { ObservedCache } from './collector.ts'
export { bucketOf, Histogram, upperBound } from './histogram.ts'
export { type Metrics, metrics } from './metrics.ts'
export type { MetricsOptions } from './metrics-options.ts'
export type {
  MetricsProcess,
  MetricsRange,
  MetricsReader,
  MetricsStep,
  SeriesRange,
} from './metrics-reader.ts'
export type { MetricsRedis } from './metrics-redis.ts'
export type { NginxMiss } from './nginx/miss-lines.ts'
export type { NginxCacheStatus, NginxNumbers, NginxSeries } from './nginx/nginx-numbers.ts'
export {
  type NginxReport,
  type NginxRoute,
  type NginxStatusShare,
  nginxReport,
} from './nginx/nginx-report.ts'
export { type NginxReader, type ReadNginxOptions, readNginx } from './nginx/read-nginx.ts'
export { readNginxLog } from './nginx/read-nginx-log.ts'
export { type ReadMetricsOptions, readMetrics } from './redis/read-metrics.ts'
export {
  emptyFragment,
  emptyRoute,
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
