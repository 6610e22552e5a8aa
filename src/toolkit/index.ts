export {
  LockError,
  ModelError,
  type ModelErrorReason,
  RateLimitError,
  ToolkitError,
  type ToolkitErrorReason,
} from '../errors.ts'
export type { RedisSource, RedisSourceOptions } from '../redis/open-client.ts'
export type { AddManyOptions } from './add-many.ts'
export type {
  Autocomplete,
  AutocompleteOptions,
  AutocompleteResult,
} from './autocomplete/autocomplete.ts'
export type { HighlightRange } from './autocomplete/highlight.ts'
export type { AutocompleteEntry, AutocompleteItem, AutocompletePatch } from './autocomplete/item.ts'
export type { AutocompleteSearchOptions } from './autocomplete/search-options.ts'
export type { Batch } from './batch/batch.ts'
export type { BatchingContainers } from './batch/batching-containers.ts'
export type { BatchResult } from './batch/run-batch.ts'
export type { WaitOptions } from './blocking.ts'
export { bytes, type Codec, json } from './codec/codec.ts'
export { type SchemaIssue, type SchemaResult, type StandardSchema, schema } from './codec/schema.ts'
export type { BitField } from './containers/bit-field.ts'
export type { BitOffset, BitOperations, IntegerType, Overflow } from './containers/bit-operations.ts'
export type { BloomFilter, BloomFilterInfo, BloomFilterOptions } from './containers/bloom-filter.ts'
export type { Collection } from './containers/collection.ts'
export type { Container } from './containers/container.ts'
export type { ContainerOptions, Containers } from './containers/containers.ts'
export type { Counter } from './containers/counter.ts'
export type { Hash } from './containers/hash.ts'
export type { HyperLogLog } from './containers/hyper-log-log.ts'
export type { List, ListEnd, MoveOptions } from './containers/list.ts'
export type { NamedValues } from './containers/named-values.ts'
export type { OpenedContainer } from './containers/open-container.ts'
export type { OneOrMany } from './containers/others.ts'
export type { RedisArray } from './containers/redis-array.ts'
export type { AnySet, RedisSet } from './containers/redis-set.ts'
export type { ScanOptions } from './containers/scan-options.ts'
export type { AddOptions, Scored, ScoredValues } from './containers/scored-values.ts'
export type { SortOptions } from './containers/sort.ts'
export type { AnySortedSet, SortedSet } from './containers/sorted-set.ts'
export type { CombineOptions } from './containers/sorted-set-combine.ts'
export type {
  Bounds,
  ByRank,
  Direction,
  LexRange,
  Page,
  RankRange,
  ScoreRange,
  SortedSetRange,
  ValueRange,
} from './containers/sorted-set-range.ts'
export type { SetOptions, Value } from './containers/value.ts'
export type { Family } from './family.ts'
export type { Condition, NamesOf, Part, Row } from './graph/conditions.ts'
export type { Graph, GraphOptions, GraphSearchOptions, TriplePattern } from './graph/graph.ts'
export type { Triple } from './graph/triple.ts'
export type { TripleScan } from './graph/triple-scan.ts'
export { type Variable, variable } from './graph/variable.ts'
export type { Lease } from './lock/lease.ts'
export type { Lock, LockedFunction } from './lock/lock.ts'
export type { AcquireOptions, LockOptions } from './lock/lock-options.ts'
export type { ModelOf } from './models/create-model.ts'
export {
  autoIncrement,
  boolean,
  date,
  field,
  integer,
  number,
  type Text,
  text,
  uuid,
} from './models/fields/builders.ts'
export { hashOf, type ItemType, listOf, setOf, sortedSetOf } from './models/fields/containers.ts'
export type { Field } from './models/fields/field.ts'
export type {
  Changes,
  FixedNames,
  KeyOf,
  ModelFields,
  NamesWith,
  NewRecord,
  NumericNames,
  RecordOf,
  Simplify,
  TraitsOf,
} from './models/fields/record-of.ts'
export type {
  ContainerTraits,
  DateTraits,
  FieldTraits,
  NewTraits,
  NumberTraits,
  TextTraits,
  With,
} from './models/fields/traits.ts'
export type { InferModel, Model, ModelRefs } from './models/model.ts'
export type { Expression, Order } from './models/query/expression.ts'
export type {
  EqualityRef,
  FieldRefOf,
  OrderedRef,
  PlainRefOf,
  SearchRef,
  TextRef,
  UnindexedRef,
} from './models/query/field-ref.ts'
export type { Query } from './models/query/query.ts'
export type { ReindexOptions, ReindexProgress } from './models/reindex.ts'
export type { RateLimit, RateLimitResult, TakeOptions, WrapOptions } from './rate-limit/rate-limit.ts'
export type { RateLimitAlgorithm, RateLimitOptions } from './rate-limit/rate-limit-options.ts'
export { addressKey } from './rate-limit/web/address-key.ts'
export {
  type ExpressRateLimitOptions,
  type ExpressResponsePart,
  expressRateLimit,
} from './rate-limit/web/express-rate-limit.ts'
export {
  type FastifyRateLimitOptions,
  type FastifyReplyPart,
  fastifyRateLimit,
} from './rate-limit/web/fastify-rate-limit.ts'
export type { LimitedRequest, WebRateLimitOptions } from './rate-limit/web/web-rate-limit.ts'
export type { Script, ScriptArgument, ScriptOptions } from './scripts/define-script.ts'
export type { Facets } from './text/facets.ts'
export type { TextIndexOptions } from './text/index-options.ts'
export type { Language } from './text/languages.ts'
export type { SearchOptions } from './text/search-options.ts'
export type { FacetCount, Hit, SearchResult } from './text/search-result.ts'
export type { TextOptions } from './text/text-analysis.ts'
export type { DocumentOptions, IndexedDocument, NewDocument, TextIndex } from './text/text-index.ts'
export { type Toolkit, type ToolkitOptions, toolkit } from './toolkit.ts'
