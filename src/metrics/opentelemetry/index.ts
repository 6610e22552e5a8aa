export { type OpenTelemetryMetricsOptions, openTelemetryMetrics } from './metrics.ts'
export type { OpenTelemetryExport } from './open-export.ts'
export { type OpenTelemetrySpansOptions, openTelemetrySpans } from './spans.ts'
