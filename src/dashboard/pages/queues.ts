import type { ShownQueue } from '../shown-queue.ts'
import type { Sources } from '../sources.ts'
import type { Page, View } from './page.ts'

const INTERVAL_MS = 5000
/** Dead letters of each queue. */
const MOST_LETTERS = 20
/** Longest text of arguments, in characters. */
const MOST_TEXT = 300

export const queuesPage: Page = {
  name: 'queues',
  title: 'Queues',
  template: 'queues.njk',
  params: [],
  inMenu: ({ queues }) => queues.length > 0,
  interval: () => INTERVAL_MS,
  load: async (_view: View, { queues, now }: Sources) => ({
    queues: await Promise.all(queues.map((queue) => stateOf(queue, now()))),
  }),
}

/** Returns the state of a queue; where Redis does not answer, that. */
async function stateOf(queue: ShownQueue, now: number): Promise<object> {
  const { name } = queue
  try {
    const [info, letters] = await Promise.all([queue.info(), queue.dead.list({ limit: MOST_LETTERS })])
    return {
      name,
      info,
      letters: letters.map(({ id, name, argsText, error, failures, crashes, failedAt }) => ({
        ...{ id, name, failures, crashes },
        args: argsText.length > MOST_TEXT ? `${argsText.slice(0, MOST_TEXT)}…` : argsText,
        error: error.message,
        ago: Math.max(0, now - failedAt.getTime()),
      })),
    }
  } catch (error) {
    return { name, failed: error instanceof Error ? error.message : String(error) }
  }
}
