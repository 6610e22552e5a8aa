import type { Clock, Timer } from '../../../clock.ts'

/** The state of a request to one node. */
export interface Asked {
  /** True if it has succeeded or failed. */
  readonly over: boolean
  /** Returns for how long the node has sent nothing, in ms. */
  quietFor(): number
}

/**
 * Resolves when all requests are over; or, once one of them has succeeded, when the nodes of the
 * others have sent nothing for `timeout` ms. A node under load sends something all the time; one
 * that is gone does not.
 *
 * @param answers resolve to true if there is an answer
 */
export function allButStragglers(
  asked: readonly Asked[],
  answers: readonly Promise<boolean>[],
  timeout: number,
  clock: Clock,
): Promise<void> {
  return new Promise((resolve) => {
    let timer: Timer | undefined
    const look = () => {
      const open = asked.filter(({ over }) => !over)
      const left = Math.max(...open.map((one) => timeout - one.quietFor()))
      if (left <= 0) resolve()
      else lookAfter(left)
    }
    // Lets a process that was busy read first what has arrived meanwhile.
    const lookAfter = (ms: number) => {
      timer = clock.setTimeout(() => clock.setImmediate(look), Math.ceil(ms))
    }
    void Promise.all(answers).then(() => {
      clock.clearTimeout(timer)
      resolve()
    })
    for (const answer of answers) {
      void answer.then((answered) => {
        if (answered && !timer) lookAfter(timeout)
      })
    }
  })
}
