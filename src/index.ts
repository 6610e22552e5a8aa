export { CacheSubscriptions } from './core/cache-subscriptions.ts'
export {
  DefinedFragment,
  defineFragment,
  type FragmentOptions,
  type LoadContext,
  type VaryValues,
} from './core/definition/define-fragment.ts'
export type { HotFragments } from './core/definition/hot-fragments.ts'
export type { Params, ParamsOf, ParamValue } from './core/definition/params.ts'
export type { FragmentsOptions } from './core/definition/read-fragments.ts'
export type {
  QueuedRefresh,
  RefreshOptions,
  RefreshQueue,
  RefreshSchedule,
  RefreshTask,
  RefreshTaskOptions,
  RefreshTimes,
  ScheduledParams,
  ScheduledRefresh,
} from './core/definition/refresh-queue.ts'
export type { FragmentEvent, FragmentListener, FragmentSubject, MissReason } from './core/events.ts'
export type { FragmentReport } from './core/fragment/fragment-report.ts'
export { FragmentCache } from './core/fragment-cache.ts'
export {
  FragmentRenderer,
  type RefreshFragmentOptions,
  type RenderFragmentOptions,
} from './core/fragment-renderer.ts'
export type { InspectedEntry } from './core/inspect/inspect-entry.ts'
export { InspectableCache } from './core/inspectable-cache.ts'
export type {
  CacheObserver,
  ObservedFragment,
  ObservedPage,
  ObservedTrip,
} from './core/observe/cache-observer.ts'
export type {
  Breaker,
  DetectLeaksFunction,
  EntryOptions,
  KeyOptions,
  LimitOptions,
  Safety,
  SafetyOptions,
  SingleFlightMode,
  SingleFlightOptions,
  ValuesOptions,
  VersionedBy,
} from './core/options/cache-option-groups.ts'
export type {
  Bypass,
  BypassFunction,
  FragmentCacheOptions,
  VaryFunction,
} from './core/options/cache-options.ts'
export { IDENTITIES, PER_VISITOR } from './core/options/data-policy.ts'
export { Page } from './core/page/page.ts'
export { RenderResult } from './core/page/render-result.ts'
export type { OpenOptions } from './core/page-context.ts'
export type { WatchedResponse } from './core/safety/response-watch.ts'
export type { ClearedFragment, FragmentId } from './core/tags/invalidation-arguments.ts'
export type {
  ExplainedStep,
  PageExplanation,
  PageTrace,
  TagState,
  TracedFragment,
  TraceSpan,
  TraceSpanKind,
} from './core/trace/page-trace.ts'
export type { TraceSampler, TraceSamplingOptions } from './core/trace/tracing.ts'
export type { CachedFunction } from './core/values/cached.ts'
export type { CachedMember } from './core/values/cached-member.ts'
export type { CachedOptions } from './core/values/cached-options.ts'
export type { CachedKey } from './core/values/found-value.ts'
export type { GetOrSetOptions } from './core/values/get-or-set.ts'
export type { PreloadScope } from './core/values/preload-scope.ts'
export type { SetOptions } from './core/values/set-options.ts'
export type { ValueCounts, ValueStats } from './core/values/value-stats.ts'
export type { Values } from './core/values/values.ts'
export type { WarmError, WarmOptions, WarmProgress, WarmResult } from './core/warm/warm-options.ts'
export type { WarmParams } from './core/warm/warm-targets.ts'
export { isLazy, type Lazy, lazy } from './engines/lazy.ts'
export { perVisitor } from './engines/per-visitor.ts'
export type { TemplateEngine } from './engines/template-engine.ts'
export { ERROR_CODES, type ErrorCode } from './error-codes.ts'
export {
  ClosedError,
  DurationError,
  KeyPartError,
  LazyError,
  LeakError,
  LockError,
  ModelError,
  type ModelErrorReason,
  OnetripError,
  OptionError,
  QueueError,
  RateLimitError,
  RecursionError,
  RegisteredError,
  RenderError,
  StoreError,
  StoreFullError,
  StoreTimeoutError,
  StreamError,
  type StreamErrorReason,
  TagError,
  TaskArgumentsError,
  TaskCancelledError,
  TaskCrashedError,
  TaskFailedError,
  TaskTimeoutError,
  TaskUnknownError,
  ToolkitError,
  type ToolkitErrorReason,
  UnsettledError,
} from './errors.ts'
export type { ByteSize } from './options/byte-size.ts'
export type { Duration } from './options/duration.ts'
export { PurgeError } from './purge/purge-error.ts'
export type { CompressOptions } from './serializers/compression.ts'
export type { Serializer, SerializerName } from './serializers/serializer.ts'
export {
  type Copies,
  type Copy,
  type CopyReads,
  FOREVER,
  type Follower,
  type Following,
  type FollowOptions,
  type StampWrite,
  type Store,
  type StoreCapabilities,
  type Touch,
  type Ttl,
  type Write,
} from './stores/store.ts'
