/** Commands of Redis 7.0 that this server does not have, in lower case. */
export const MISSING_COMMANDS: ReadonlySet<string> = new Set([
  'geoadd',
  'geodist',
  'geohash',
  'geopos',
  'georadius',
  'georadius_ro',
  'georadiusbymember',
  'georadiusbymember_ro',
  'geosearch',
  'geosearchstore',
  'migrate',
  'psync',
  'replconf',
  'restore-asking',
  'sync',
])

/** Returns what the error of an unknown command says about one that only Redis has. */
export function missingCommandHint(name: string): string {
  return MISSING_COMMANDS.has(name.toLowerCase())
    ? '. Redis has it, this small server has not: use Redis or Valkey, or add it by server.command()'
    : ''
}
