export type { Duration } from './duration.ts'
export {
  ClosedError,
  DurationError,
  ERROR_CODES,
  type ErrorCode,
  KeyPartError,
  LazyError,
  LeakError,
  NotYetError,
  OnetripError,
  OptionError,
  RegisteredError,
  RenderError,
  StoreError,
  StoreFullError,
  StoreTimeoutError,
  TagError,
  UnsettledError,
} from './errors.ts'
export type { FragmentEvent, FragmentListener, FragmentSubject, MissReason } from './fragment/events.ts'
export type { FragmentReport } from './fragment/fragment.ts'
export { FragmentCache, type OpenOptions } from './fragment/fragment-cache.ts'
export type { FragmentId } from './fragment/fragment-id.ts'
export type { FragmentCacheOptions } from './fragment/options.ts'
export { Page } from './fragment/page.ts'
export { RenderResult } from './fragment/render-result.ts'
export { IDENTITIES, PER_VISITOR } from './fragment/rules.ts'
export type { CachedFunction, CachedKey } from './fragment/values/cached.ts'
export type { CachedMember } from './fragment/values/cached-member.ts'
export type { CachedOptions } from './fragment/values/cached-options.ts'
export type { CompressOptions } from './fragment/values/compression.ts'
export type { PreloadScope } from './fragment/values/preload.ts'
export type { Serializer } from './fragment/values/serializer.ts'
export type { SetOptions } from './fragment/values/set-options.ts'
export type { ValueCounts, ValueStats } from './fragment/values/value-stats.ts'
export type { Values } from './fragment/values/values.ts'
export { isLazy, type Lazy, lazy, perVisitor } from './template/template-engine.ts'
