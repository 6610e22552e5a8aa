/** The version of Redis whose commands and replies this server has. Clients ask for it. */
export const REDIS_VERSION = '7.0.15'
