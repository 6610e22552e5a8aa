export { StreamError, type StreamErrorReason } from '../errors.ts'
export type { RedisSource, RedisSourceOptions } from '../redis/open-client.ts'
export {
  byteFields,
  jsonFields,
  type StreamCodec,
  type StreamField,
  type StreamFieldInput,
  type TextInput,
  textFields,
} from './codec.ts'
export {
  type AcknowledgedMessage,
  ConsumerGroup,
  type ConsumerGroupOptions,
  type CreateOptions,
  type GroupKeys,
  type GroupStart,
} from './consumer-group.ts'
export type { GroupFollowOptions, GroupReadOptions } from './group-reader.ts'
export type { AutoClaimed, AutoClaimOptions, ClaimOptions, GroupStream } from './group-stream.ts'
export type { ConsumerInfo, GroupInfo, StreamInfo } from './info.ts'
export type { StreamMessage } from './message.ts'
export type { Block, RangeOptions, StartOptions } from './options.ts'
export type { PendingMessage, PendingOptions, PendingSummary } from './pending.ts'
export { Stream, type StreamOptions } from './stream.ts'
export { type AddOptions, StreamEntries, type TrimOptions } from './stream-entries.ts'
export { StreamId, type StreamIdLike, type StreamTime } from './stream-id.ts'
export type { FollowOptions, ReadOptions, StreamFollowOptions, StreamReadOptions } from './stream-reader.ts'
export { type SetFollowOptions, type SetReadOptions, type SetStart, StreamSet } from './stream-set.ts'
export { TimeSeries } from './time-series.ts'
