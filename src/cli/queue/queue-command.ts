import { CliCommand } from '../command/cli-command.ts'
import { jsonOption } from '../command/json-option.ts'
import { count } from '../command/option-readers.ts'
import { yesOption } from '../confirm.ts'
import { FOUND } from '../exit-codes.ts'
import { type RedisFlags, withRedisOptions } from '../store/cache-options.ts'

/** Options of `onetrip queue list`. */
export interface QueueFlags extends RedisFlags {
  readonly json?: true
}

/** Options of `onetrip queue dead`. */
export interface DeadFlags extends QueueFlags {
  readonly limit: number
  readonly stacks?: true
}

/** Options of `onetrip queue retry` and `onetrip queue delete`. */
export interface LettersFlags extends QueueFlags {
  readonly all?: true
  readonly yes?: true
}

export function queueCommand(): CliCommand {
  return new CliCommand('queue')
    .summary('shows task queues, and retries or deletes tasks that failed for good')
    .description(
      `Shows task queues and their dead letters: tasks that failed for good, after all of their
attempts. These are kept until they are run again or deleted.`,
    )
    .example('onetrip queue list --store redis://localhost', 'shows what waits, runs and failed')
    .addCommand(listCommand())
    .addCommand(deadCommand())
    .addCommand(retryCommand())
    .addCommand(deleteCommand())
}

function listCommand(): CliCommand {
  return withRedisOptions(new CliCommand('list'), 'the queues')
    .summary('shows queues: what waits, runs and failed, and how fast')
    .description(
      `Shows queues: tasks that wait, the age of the oldest, tasks that wait for a time, tasks that
workers hold, dead letters, workers, and tasks a second over the last minute. Without names it finds
the queues of a prefix by the keys of Redis.`,
    )
    .argument('[queues...]', 'names of queues (default: all)')
    .addOption(jsonOption())
    .example('onetrip queue list --store redis://localhost', 'shows all queues')
    .example('onetrip queue list mail --json', 'prints all that is known of one, for other programs')
    .exits(FOUND, 'there are no queues')
    .runs(async (names: string[], flags: QueueFlags) => {
      const { listQueues } = await import('./list-queues.ts')
      return listQueues(names, flags, process.stdout, process.stderr)
    })
}

function deadCommand(): CliCommand {
  return withRedisOptions(new CliCommand('dead'), 'the queue')
    .summary('lists the dead letters of a queue')
    .description('Lists dead letters, the newest first: when, which task, its id, its error.')
    .argument('<queue>', 'the name of a queue')
    .option('--limit <number>', 'most letters that are listed', count('limit', 1_000), 100)
    .option('--stacks', 'print the arguments and the stack of each, too')
    .addOption(jsonOption())
    .example('onetrip queue dead mail --store redis://localhost', 'lists the newest')
    .example('onetrip queue dead mail --limit 1 --stacks', 'shows all of the newest')
    .exits(FOUND, 'there are none')
    .runs(async (queue: string, flags: DeadFlags) => {
      const { listDead } = await import('./list-dead.ts')
      return listDead(queue, flags, process.stdout, process.stderr)
    })
}

function retryCommand(): CliCommand {
  return withRedisOptions(new CliCommand('retry'), 'the queue')
    .summary('runs dead letters again')
    .description('Puts dead letters back into their queue, with all of their attempts.')
    .argument('<queue>', 'the name of a queue')
    .argument('[ids...]', 'ids of tasks, as "onetrip queue dead" lists them')
    .option('--all', 'all that are dead letters now')
    .addOption(jsonOption())
    .example('onetrip queue retry mail 01J9ZV --store redis://localhost', 'runs one task again')
    .example('onetrip queue retry mail --all', 'runs all of them again, after the reason is gone')
    .exits(FOUND, 'some of them, or all, are no dead letters')
    .runs(async (queue: string, ids: string[], flags: LettersFlags) => {
      const { retryDead } = await import('./change-dead.ts')
      return retryDead(queue, ids, flags, process.stdout)
    })
}

function deleteCommand(): CliCommand {
  return withRedisOptions(new CliCommand('delete'), 'the queue')
    .summary('deletes dead letters')
    .description('Deletes dead letters, after a question: their arguments are lost.')
    .argument('<queue>', 'the name of a queue')
    .argument('[ids...]', 'ids of tasks, as "onetrip queue dead" lists them')
    .option('--all', 'all that are dead letters now')
    .addOption(yesOption())
    .addOption(jsonOption())
    .example('onetrip queue delete mail 01J9ZV --store redis://localhost', 'deletes one')
    .example('onetrip queue delete mail --all --yes', 'deletes all, in a script')
    .exits(FOUND, 'some of them, or all, are no dead letters; or the answer was no')
    .runs(async (queue: string, ids: string[], flags: LettersFlags) => {
      const { deleteDead } = await import('./change-dead.ts')
      return deleteDead(queue, ids, flags, process.stdout)
    })
}
