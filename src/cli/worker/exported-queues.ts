import { basename } from 'node:path'
import { nearestOf } from '../../options/nearest-name.ts'
import { show } from '../../options/show.ts'
import { TaskQueue } from '../../queue/index.ts'
import { UsageError } from '../command/usage-error.ts'
import { importModule } from '../store/import-module.ts'

/**
 * Imports a module and returns the queues that it exports, under any name or in arrays.
 * @param names of the queues to return; undefined: all
 * @throws UsageError if there are none, or if the module cannot be imported
 */
export async function exportedQueues(
  file: string,
  names: readonly string[] | undefined,
): Promise<readonly TaskQueue[]> {
  const exported = await importModule(file)
  const queues = [...new Set(Object.values(exported).flat())].filter((value) => value instanceof TaskQueue)
  if (queues.length === 0) throw new UsageError(noQueue(file, exported))
  return names === undefined ? queues : selected(file, queues, names)
}

function noQueue(file: string, exported: Record<string, unknown>): string {
  const members = Object.entries(exported)
  const found = members.map(([name, value]) => `${name} (${show(value)})`).join(', ')
  const foreign = members.some(([, value]) => value?.constructor?.name === 'TaskQueue')
  return (
    `${file} exports no TaskQueue${found === '' ? '' : `, only ${found}`}. ` +
    (foreign
      ? 'Its TaskQueue is of another copy of onetrip: run the command with the copy that the module imports.'
      : "Export the queue beside its tasks: export const mail = new TaskQueue('mail', { redis }).")
  )
}

function selected(
  file: string,
  queues: readonly TaskQueue[],
  names: readonly string[],
): readonly TaskQueue[] {
  const known = queues.map(({ name }) => name)
  const unknown = names.find((name) => !known.includes(name))
  if (unknown === undefined) return queues.filter(({ name }) => names.includes(name))
  const nearest = nearestOf(unknown, known)
  const hint = nearest === undefined ? '' : ` Did you mean "${nearest}"?`
  throw new UsageError(
    `--queues: ${basename(file)} exports no queue "${unknown}".${hint} It exports: ${known.join(', ')}.`,
  )
}
