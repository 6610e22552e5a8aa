import type { DeadLetter } from '../../queue/index.ts'
import { DONE, FOUND } from '../exit-codes.ts'
import { type Output, writeJson } from '../output/output.ts'
import { printable, table } from '../output/table.ts'
import { withQueue } from './open-queue.ts'
import type { DeadFlags } from './queue-command.ts'

/** Longest error of a line, in characters. */
const LONGEST_ERROR = 80

/** Runs `onetrip queue dead`. @returns the exit code */
export function listDead(
  name: string,
  { limit, stacks, json, ...flags }: DeadFlags,
  output: Output,
  notes: Output,
): Promise<number> {
  return withQueue(name, flags, async (queue) => {
    const letters = await queue.dead.list({ limit })
    if (json) writeJson(output, { letters })
    else if (letters.length > 0) output.write(stacks ? letters.map(inFull).join('\n') : textOf(letters))
    if (letters.length === 0) notes.write(`The queue ${name} has no dead letters.\n`)
    return letters.length === 0 ? FOUND : DONE
  })
}

function textOf(letters: readonly DeadLetter[]): string {
  return table(
    [
      { title: 'FAILED AT', cell: ({ failedAt }) => failedAt.toISOString() },
      { title: 'TASK', cell: ({ name }) => name },
      { title: 'ID', cell: ({ id }) => id },
      { title: 'ATTEMPTS', cell: ({ failures }) => String(failures + 1), align: 'right' },
      { title: 'ERROR', cell: ({ error }) => short(`${error.name}: ${error.message}`) },
    ],
    letters,
  )
}

function short(text: string): string {
  const [line = ''] = text.split('\n')
  return line.length > LONGEST_ERROR ? `${line.slice(0, LONGEST_ERROR - 3)}...` : line
}

function inFull({ id, name, argsText, failedAt, error }: DeadLetter): string {
  const lines = (error.stack ?? `${error.name}: ${error.message}`)
    .split('\n')
    .map((line) => `  ${printable(line)}`)
  return `${failedAt.toISOString()}  ${printable(name)}  ${printable(id)}\n  ${printable(argsText)}\n${lines.join('\n')}\n`
}
