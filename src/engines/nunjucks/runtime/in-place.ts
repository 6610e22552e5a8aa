import { TagError } from '../../../errors.ts'
import type { RenderCallback } from '../nunjucks.ts'
import { BODY_WAITS } from '../syntax/tag-checks.ts'
import type { Journal } from './journal.ts'

/** Where code runs in place: a run, as far as it matters here. */
interface Running {
  tagsMet: number
  readonly changes: Journal | null
}

/**
 * Runs a body where its tag stands, without caching. Whatever it changes is changed back: with
 * caching it may not run at all. What goes on behind the tag does so afterwards.
 *
 * @param atOnce what is around it cannot wait
 * @throws TagError if it waits all the same
 */
export function runInPlace(
  run: Running,
  { template, line }: { template: string; line: number },
  atOnce: boolean,
  start: (done: RenderCallback) => void,
  callback: RenderCallback,
): void {
  const mark = ++run.tagsMet
  let result: Parameters<RenderCallback> | undefined
  let started = false
  let refused = false
  start((error, output) => {
    if (result) return
    result = [error, output]
    run.changes?.undo(mark)
    if (started && !refused) callback(error, output)
  })
  started = true
  if (result) return callback(...(result as Parameters<RenderCallback>))
  refused = atOnce
  if (refused) throw new TagError(`${BODY_WAITS} (${template}, line ${line})`)
}
