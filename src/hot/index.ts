export { ClosedError, OnetripError, OptionError, StoreError } from '../errors.ts'
export type { Duration } from '../options/duration.ts'
export type { HotFragments, HotParams } from './hot-fragments.ts'
export { type HotFragmentsOptions, RedisHotFragments } from './redis-hot-fragments.ts'
