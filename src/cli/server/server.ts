import { redact } from '../../options/redact.ts'
import { type RedisServer, ServerError, type ServerOptions, startServer } from '../../server/index.ts'
import { shown, UsageError } from '../command/usage-error.ts'
import { DONE, FOUND } from '../exit-codes.ts'
import type { Output } from '../output/output.ts'
import type { ServerFlags } from './server-command.ts'

/**
 * Runs `onetrip server` until SIGINT, SIGTERM or the command SHUTDOWN. A second signal ends the
 * process at once.
 *
 * @returns the exit code: 1 if the file of `--save` could not be written
 * @throws UsageError if the server cannot start
 */
export async function server(flags: ServerFlags, output: Output, errors: Output): Promise<number> {
  const running = await start(optionsOf(flags, errors))
  const { host, port } = running
  const url = redact(running.url)
  const stop = () => void running.close().catch(() => {})
  // Before the URL is printed: who reads it may end the server at once.
  process.once('SIGINT', stop).once('SIGTERM', stop)
  output.write(`${flags.json ? JSON.stringify({ url, host, port }) : url}\n`)
  errors.write('A small Redis-compatible server, for development and tests. Ctrl-C ends it.\n')
  try {
    for (const note of await notesOf(running)) errors.write(`${note}\n`)
    await running.closed
    await running.close()
    return DONE
  } catch (error) {
    if (!(error instanceof ServerError)) throw error
    errors.write(`${error.message}\n`)
    return FOUND
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop)
  }
}

/** Returns what does not work, so that nobody has to find it out by a client's errors. */
async function notesOf(server: RedisServer): Promise<string[]> {
  const notes: string[] = []
  if (server.refusesOthers)
    notes.push('Clients of other machines are refused: start it with --password to let them in.')
  const problem = await server.loadScripts()
  if (problem)
    notes.push(
      `${problem.replace('ERR scripts', 'Scripts')}. The store for Redis, the queue and the toolkit of onetrip use scripts.`,
    )
  return notes
}

async function start(options: ServerOptions): Promise<RedisServer> {
  try {
    return await startServer(options)
  } catch (error) {
    throw error instanceof ServerError ? new UsageError(error.message) : error
  }
}

function optionsOf(flags: ServerFlags, errors: Output): ServerOptions {
  const { port, host, password, maxMemory, save, config = [], verbose } = flags
  return {
    port,
    host,
    ...(password === undefined ? {} : { password }),
    ...(maxMemory === undefined ? {} : { maxMemory }),
    ...(save === undefined ? {} : { save }),
    config: Object.fromEntries(config.map(parameter)),
    ...(verbose ? { log: (line: string) => errors.write(`${line}\n`) } : {}),
  }
}

/** Reads `name=value`. @throws UsageError */
function parameter(text: string): [name: string, value: string] {
  const at = text.indexOf('=')
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)]
  throw new UsageError(`--config takes name=value, such as maxmemory-policy=allkeys-lru, not ${shown(text)}.`)
}
