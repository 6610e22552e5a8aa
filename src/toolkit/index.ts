export type { RedisSource, RedisSourceOptions } from '../redis/open-client.ts'
export { bytes, type Codec, json, text } from './codec/codec.ts'
export { type Toolkit, type ToolkitOptions, toolkit } from './toolkit.ts'
