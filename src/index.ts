export type { ByteSize } from './byte-size.ts'
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
  RecursionError,
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
export type { ClearedFragment, FragmentId } from './fragment/fragment-id.ts'
export type {
  Breaker,
  Bypass,
  BypassFunction,
  DetectLeaksFunction,
  FragmentCacheOptions,
  Safety,
  SingleFlightMode,
  VaryFunction,
} from './fragment/options.ts'
export { Page } from './fragment/page.ts'
export type { VersionedBy } from './fragment/part-version.ts'
export { RenderResult } from './fragment/render-result.ts'
export type { WatchedResponse } from './fragment/response-watch.ts'
export { IDENTITIES, PER_VISITOR } from './fragment/rules.ts'
export type { CachedFunction, CachedKey } from './fragment/values/cached.ts'
export type { CachedMember } from './fragment/values/cached-member.ts'
export type { CachedOptions } from './fragment/values/cached-options.ts'
export type { CompressOptions } from './fragment/values/compression.ts'
export type { GetOrSetOptions } from './fragment/values/get-or-set.ts'
export type { PreloadScope } from './fragment/values/preload.ts'
export type { Serializer, SerializerName } from './fragment/values/serializer.ts'
export type { SetOptions } from './fragment/values/set-options.ts'
export type { ValueCounts, ValueStats } from './fragment/values/value-stats.ts'
export type { Values } from './fragment/values/values.ts'
export {
  type Copies,
  type Copy,
  FOREVER,
  type Follower,
  type Following,
  type FollowOptions,
  type Stamp,
  type Store,
  type StoreKeeps,
  type Touch,
  type Ttl,
  type Write,
} from './stores/store.ts'
export {
  type Bind,
  type Bindings,
  type Borrowed,
  type Declaration,
  type FragmentAt,
  type FragmentRead,
  type Hole,
  isLazy,
  type KeptHole,
  type Lazy,
  type LazyCalls,
  type LiveDeclaration,
  type Loaded,
  lazy,
  type MaybePromise,
  type Place,
  perVisitor,
  type Rules,
  type Run,
  type RunHost,
  type TemplateEngine,
} from './template/template-engine.ts'
