export { RedisServer } from './redis-server.ts'
