export { type AnyRegistry, type PrometheusOptions, prometheus } from './prometheus.ts'
