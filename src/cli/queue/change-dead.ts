import type { DeadLetter, DeadLetters } from '../../queue/index.ts'
import { UsageError } from '../command/usage-error.ts'
import { confirm } from '../confirm.ts'
import { DONE, FOUND } from '../exit-codes.ts'
import { type Output, writeJson } from '../output/output.ts'
import { counted } from '../output/units.ts'
import { withQueue } from './open-queue.ts'
import type { LettersFlags } from './queue-command.ts'

/** Letters that are listed at once. */
const PAGE = 1_000

/** Runs `onetrip queue retry`. @returns the exit code */
export function retryDead(
  name: string,
  ids: readonly string[],
  { all, json, ...flags }: LettersFlags,
  output: Output,
): Promise<number> {
  refuseBoth('retry', ids, all)
  return withQueue(name, flags, async ({ dead }) => {
    const retried = all ? await dead.retryAll() : await dead.retry(ids)
    if (json) writeJson(output, { retried })
    else output.write(`${counted(retried, 'task')} of ${name} will run again.\n`)
    return exitCodeOf(retried, ids, all)
  })
}

/** Runs `onetrip queue delete`. @returns the exit code */
export function deleteDead(
  name: string,
  ids: readonly string[],
  { all, yes, json, ...flags }: LettersFlags,
  output: Output,
): Promise<number> {
  refuseBoth('delete', ids, all)
  return withQueue(name, flags, async ({ dead }) => {
    const chosen = all ? await allIds(dead) : ids
    const what = counted(chosen.length, 'dead letter')
    if (chosen.length > 0 && !(await confirm(`deletes ${what} of the queue ${name}`, yes))) return FOUND
    const deleted = await dead.delete(chosen)
    if (json) writeJson(output, { deleted })
    else output.write(`Deleted ${counted(deleted, 'dead letter')} of ${name}.\n`)
    return exitCodeOf(deleted, ids, all)
  })
}

/** @throws UsageError unless there are either ids or `--all` */
function refuseBoth(command: string, ids: readonly string[], all: boolean | undefined): void {
  if (ids.length > 0 === (all === true))
    throw new UsageError(`onetrip queue ${command} takes ids of dead letters, or --all.`)
}

/** Some ids are no dead letters, or there are none at all. */
function exitCodeOf(changed: number, ids: readonly string[], all: boolean | undefined): number {
  return changed === 0 || (!all && changed < new Set(ids).size) ? FOUND : DONE
}

async function allIds(dead: DeadLetters): Promise<string[]> {
  const ids: string[] = []
  let page: readonly DeadLetter[]
  do {
    page = await dead.list({ limit: PAGE, before: ids.at(-1) })
    ids.push(...page.map(({ id }) => id))
  } while (page.length === PAGE)
  return ids
}
