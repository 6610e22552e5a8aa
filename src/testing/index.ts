/** Suites for authors of stores. They need a test runner's `describe` and `it`, and nothing else. */
export type { StoreTime } from './store/case.ts'
export { type StoreConformanceOptions, storeConformance } from './store-conformance.ts'
