/**
 * For tests: a Redis-compatible server, and conformance suites for authors of stores and template
 * engines. The suites need `describe` and `it` of any test runner.
 */
export type { ConformanceTag, EngineSyntax } from './engine/case.ts'
export { type EngineConformanceOptions, engineConformance } from './engine-conformance.ts'
export type { StoreTime } from './store/case.ts'
export { type StoreConformanceOptions, storeConformance } from './store-conformance.ts'
export { type TestRedis, withRedis } from './with-redis.ts'
