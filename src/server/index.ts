/**
 * A small Redis-compatible server for machines without Redis: for development and tests. Production
 * is Redis, Valkey or a cluster.
 */
export type {
  CommandContext,
  CustomCommandHandler,
  CustomCommandOptions,
  CustomCommandReply,
} from './custom/custom-command.ts'
export type { ServerOptions } from './options/server-options.ts'
export { RedisServer } from './redis-server.ts'
export { SERVER_ERROR_CODES, ServerError, type ServerErrorCode } from './server-error.ts'
export { startServer } from './start-server.ts'
